import type { ProviderRequest, RenderContext } from '../adapter.ts';
import { isStored } from './stored.ts';

/** One call of the Bot API: the method's name and its parameters. The token is added by send.ts. With files of ours it travels as a form. */
export function call(method: string, body: Record<string, unknown>): ProviderRequest {
  const encoding = Object.values(body).some(isStored) ? ({ encoding: 'multipart' } as const) : {};
  return { method: 'POST', path: `/${method}`, name: method, body, ...encoding };
}

/** Ids are written as numbers where a double holds them, else as text, which Telegram reads too. */
export function toId(text: string): number | string {
  const number = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : text;
}

/** Where a message goes: a person's chat, or a group's, and within it the topic. */
export function target({ to, thread }: RenderContext) {
  const [chat, topic] = thread.key.split(':');
  const chatId = thread.kind === 'group' && chat ? chat : to.value;
  return { chat_id: toId(chatId), ...(topic ? { message_thread_id: toId(topic) } : {}) };
}

/** The message an external id means: `CHAT:MESSAGE`, apart. */
export function messageOf(externalId: string, context: RenderContext) {
  const [chat, message] = externalId.split(':');
  if (chat && message) return { chat_id: toId(chat), message_id: toId(message) };
  return { chat_id: target(context).chat_id, message_id: toId(externalId) };
}

/** What makes a message an answer to another. It is sent all the same when that other has gone. */
export function replyParameters(context: RenderContext) {
  if (!context.replyTo) return {};
  const { chat_id, message_id } = messageOf(context.replyTo.externalId, context);
  // A message of another chat cannot be answered in a private one, and in a group it would tell what was said elsewhere.
  if (chat_id !== target(context).chat_id) return {};
  return { reply_parameters: { message_id, allow_sending_without_reply: true } };
}
