import { type MessagePart, SendError } from '@tributary/protocol';
import type { Address, ProviderRequest, RenderContext } from '../adapter.ts';
import { attach, inputMedia, written } from './files.ts';
import { keyboardOf } from './keyboard.ts';
import { call, messageOf, toId } from './target.ts';

/** Makes a message of ours say something else; buttons that are not named go away. A caption turns out to be one in send.ts. */
export function edit(externalId: string, part: MessagePart, context: RenderContext): ProviderRequest[] {
  const { content } = part;
  const html = part.markup === 'telegram-html';
  const where = messageOf(externalId, context);
  const { markup } = keyboardOf('actions' in content ? content.actions : undefined, context);
  // Only inline keyboards can be changed.
  const below = markup && 'inline_keyboard' in markup ? { reply_markup: markup } : {};
  switch (content.type) {
    case 'text':
      return [call('editMessageText', { ...where, ...written('text', { text: content.text, html }), ...below })];
    case 'image':
    case 'video':
    case 'audio':
    case 'document': {
      const words = content.text ? { text: content.text, html } : undefined;
      const files: Record<string, unknown> = {};
      const media = attach(inputMedia({ type: content.type, media: content.media }, words), 'file0', files);
      return [call('editMessageMedia', { ...where, media, ...files, ...below })];
    }
    default:
      throw new SendError('content_refused', {
        providerMessage: `Telegram cannot make a message into a ${content.type}.`,
      });
  }
}

/** Takes a message of ours back for everybody: for 48 hours after it was sent. */
export function remove(externalId: string, context: RenderContext): ProviderRequest[] {
  return [call('deleteMessage', messageOf(externalId, context))];
}

/** Puts one emoji under a message: bots have no more than one. */
export function react(externalId: string, emoji: string | null, context: RenderContext): ProviderRequest[] {
  // Telegram's set spells its emoji without the variation selector that phones put in.
  const reaction = emoji === null ? [] : [{ type: 'emoji', emoji: emoji.replaceAll('\ufe0f', '') }];
  return [call('setMessageReaction', { ...messageOf(externalId, context), reaction })];
}

/** The sign lasts five seconds or until the next message; nothing takes it away. */
export function typing(to: Address, on: boolean): ProviderRequest[] {
  return on ? [call('sendChatAction', { chat_id: toId(to.value), action: 'typing' })] : [];
}
