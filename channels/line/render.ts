import { createHash } from 'node:crypto';
import type { MessagePart } from '@tributary/protocol';
import type { Address, InboundEvent, ProviderRequest, RenderContext } from '../adapter.ts';
import { readText } from '../common/json.ts';
import type { LineConfig } from './config.ts';
import { type LineMessage, toMessages } from './messages.ts';

/** A call takes five messages. */
const CALL_MAX = 5;
/** A reply token is good for about a minute, of which the way here and there takes some. */
const REPLY_TOKEN_MS = 50_000;
/** Seconds, in steps of five. It ends by itself with our message. */
const LOADING_SECONDS = 20;

/** Ours, taken off before LINE sees it: where to push what a reply token can no longer carry. */
export const ELSE_PUSH_TO = 'x-else-push-to';
export const RETRY_KEY = 'x-line-retry-key';

/** Mostly one call. The first answers with the customer’s reply token where that is still good, and quotes what it answers. */
export function render(part: MessagePart, context: RenderContext, config: LineConfig): ProviderRequest[] {
  const messages = quoting(toMessages(part.content, config), context);
  const calls: LineMessage[][] = [];
  for (let at = 0; at < messages.length; at += CALL_MAX) calls.push(messages.slice(at, at + CALL_MAX));
  return calls.map((some, no) => toRequest(some, no, context, config));
}

function toRequest(messages: LineMessage[], no: number, context: RenderContext, config: LineConfig): ProviderRequest {
  const to = context.thread.kind === 'group' ? context.thread.key : context.to.value;
  const partKey = no === 0 ? context.partKey : context.partKey.replace(/\d+$/, (first) => String(Number(first) + no));
  const headers = { [RETRY_KEY]: uuidOf(partKey) };
  // A token is good for one call, and the first of the delivery is the one that answers.
  const replyToken = partKey.endsWith('.0') ? freshToken(context, config) : undefined;
  if (replyToken) {
    return {
      method: 'POST',
      path: '/v2/bot/message/reply',
      headers: { ...headers, [ELSE_PUSH_TO]: to },
      body: { replyToken, messages },
      name: 'reply',
    };
  }
  return { method: 'POST', path: '/v2/bot/message/push', headers, body: { to, messages }, name: 'push' };
}

function freshToken({ newest, now }: RenderContext, config: LineConfig): string | undefined {
  if (config.preferReply === false || !newest) return undefined;
  const age = now.getTime() - newest.at.getTime();
  return age >= 0 && age < REPLY_TOKEN_MS ? readText(newest.metadata.replyToken) : undefined;
}

/** Words and stickers quote; the token for it came with the message they quote. */
function quoting(messages: LineMessage[], { replyTo, newest }: RenderContext): LineMessage[] {
  const told = replyTo?.metadata ?? (newest?.externalId === replyTo?.externalId ? newest?.metadata : undefined);
  const token = replyTo && readText(told?.quoteToken);
  const [first, ...rest] = messages;
  if (!token || !first || (first.type !== 'text' && first.type !== 'sticker')) return messages;
  return [{ ...first, quoteToken: token }, ...rest];
}

/** LINE wants a UUID; the same part always has the same. */
export function uuidOf(partKey: string): string {
  const hex = createHash('sha256').update(partKey).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Shown in direct chats only, and there is no word for stopping. */
export function typing(to: Address, on: boolean): ProviderRequest[] {
  if (!on || to.kind !== 'user_id') return [];
  const body = { chatId: to.value, loadingSeconds: LOADING_SECONDS };
  return [{ method: 'POST', path: '/v2/bot/chat/loading/start', body, name: 'show loading' }];
}

/** Marks what the person wrote as read, where LINE gave a token for that. */
export function acknowledge(event: InboundEvent): ProviderRequest[] {
  const token = event.type === 'message' ? readText(event.metadata?.markAsReadToken) : undefined;
  if (!token) return [];
  return [{ method: 'POST', path: '/v2/bot/chat/markAsRead', body: { markAsReadToken: token }, name: 'mark read' }];
}
