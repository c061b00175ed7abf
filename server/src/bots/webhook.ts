import { type Content, fromLinktor, toId } from '@tributary/protocol';
import { Webhook } from 'standardwebhooks';
import type { HttpClient } from '../outbound/http.ts';
import type { Channel } from '../store/registry.ts';
import type { Arrival } from '../store/routing.ts';

/** The settings of a bot behind a webhook. */
export interface WebhookBot {
  url: string;
  /** `whsec_` and base64; signs every call by Standard Webhooks. */
  secret: string;
  timeoutMs?: number;
}

/** The bot did not answer as agreed. `final`: asking again would not help. */
export class BotRefusal extends Error {
  override readonly name = 'BotRefusal';
  constructor(
    message: string,
    readonly final: boolean,
  ) {
    super(message);
  }
}

const TIMEOUT_MS = 10_000;

/**
 * Calls the bot with the message and reads its answers from the response: one content, a list of them, or `{messages: […]}`, each in any form the
 * API takes. `content` is the arrival's with links to its files. An empty answer (204, or no body) means that it says nothing, or says it by the API.
 */
export async function askWebhook(
  http: HttpClient,
  bot: WebhookBot,
  asked: { turn: string; arrival: Arrival; content: Content; channel: Channel },
): Promise<Content[]> {
  const { arrival, channel, turn } = asked;
  const body = JSON.stringify({
    id: `evt_${turn}`,
    type: 'message.received',
    event: 'message.received',
    timestamp: new Date().toISOString(),
    tenantId: toId('workspace', arrival.ws),
    data: {
      conversationId: toId('conversation', arrival.conversation),
      channelId: channel.id,
      channelType: channel.type,
      message: {
        id: toId('message', arrival.message),
        conversationId: toId('conversation', arrival.conversation),
        channelId: channel.id,
        channelType: channel.type,
        direction: 'inbound',
        from: arrival.address,
        to: channel.self ?? channel.account,
        content: asked.content,
        contentType: asked.content.type,
        metadata: arrival.metadata,
        timestamp: arrival.at.toISOString(),
      },
    },
  });
  const now = new Date();
  const id = `evt_${turn}`;
  const answer = await http.request({
    method: 'POST',
    url: bot.url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(bot.secret).sign(id, now, body),
    },
    body,
    timeoutMs: bot.timeoutMs ?? TIMEOUT_MS,
  });
  if (answer.status < 200 || answer.status >= 300)
    throw new BotRefusal(
      `The bot answered ${answer.status}.`,
      answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429,
    );
  if (answer.body.length === 0) return [];
  const said = answer.json();
  const list = Array.isArray(said) ? said : isMessages(said) ? said.messages : [said];
  return list.map((one, i) => {
    const read = fromLinktor(isContent(one) ? one.content : one);
    if (read.faults)
      throw new BotRefusal(
        `The bot’s answer ${i + 1} is not a message: ${read.faults.map((fault) => `${fault.field} ${fault.message}`).join('; ')}`,
        true,
      );
    return read.content;
  });
}

const isMessages = (said: unknown): said is { messages: unknown[] } =>
  typeof said === 'object' && said !== null && Array.isArray((said as { messages?: unknown }).messages);
const isContent = (said: unknown): said is { content: unknown } =>
  typeof said === 'object' && said !== null && 'content' in said;
