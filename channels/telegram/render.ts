import {
  type Action,
  type Attachment,
  type Content,
  type ContentOf,
  type Media,
  type MessagePart,
  SendError,
} from '@tributary/protocol';
import type { Address, ProviderRequest, RenderContext } from '../adapter.ts';
import { keyboardOf, type Markup } from './keyboard.ts';

/** One call of the Bot API: the method's name and its parameters. The token is added by send.ts. */
export function call(method: string, body: Record<string, unknown>): ProviderRequest {
  return { method: 'POST', path: `/${method}`, name: method, body };
}

/** A part as calls of the Bot API, in the order they have to arrive. */
export function render(part: MessagePart, context: RenderContext): ProviderRequest[] {
  const { content } = part;
  if (content.type === 'reaction') {
    const target = context.replyTo?.externalId ?? content.messageId ?? '';
    return react(target, content.emoji, context);
  }
  const calls = say(content, context);
  const [first] = calls;
  // Only what comes first answers the message; what follows belongs to it.
  if (first && context.replyTo) first.body = { ...first.body, ...replyParameters(context) };
  return calls.map(({ method, body }) => call(method, { ...target(context), ...body }));
}

interface Call {
  method: string;
  body: Record<string, unknown>;
}

function say(content: Exclude<Content, { type: 'reaction' }>, context: RenderContext): Call[] {
  switch (content.type) {
    case 'text':
      return [
        ...sayText(content.text, content, context, content.format === 'html'),
        ...sayFiles(content.attachments ?? []),
      ];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return sayMedia(content, context);
    case 'sticker':
      return [{ method: 'sendSticker', body: { sticker: sourceOf(content.media) } }];
    case 'location':
      return sayLocation(content, context);
    case 'contact':
      return content.contacts.map(sayContact);
    case 'card':
      return sayCard(content, context);
    case 'event':
    case 'template':
    case 'unsupported':
    case 'email':
    case 'list':
    case 'carousel': {
      // fit() leaves none of these; words that are there all the same are said.
      const words = content.text ?? (content.type === 'email' ? content.subject : undefined);
      if (words) return sayText(words, {}, context, false);
      throw new SendError('content_refused', {
        providerMessage: `Telegram has no form for a ${content.type} without words.`,
      });
    }
  }
}

function sayText(text: string, from: { actions?: Action[] }, context: RenderContext, html: boolean): Call[] {
  const keyboard = keyboardOf(from.actions, context);
  return [
    { method: 'sendMessage', body: { text, ...(html ? { parse_mode: 'HTML' } : {}), ...markup(keyboard.markup) } },
    ...sayFurther(keyboard.further),
  ];
}

function sayFurther(further: { text: string; markup?: Markup }[]): Call[] {
  return further.map((one) => ({ method: 'sendMessage', body: { text: one.text, ...markup(one.markup) } }));
}

type MediaContent = ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>;

function sayMedia(content: MediaContent, context: RenderContext): Call[] {
  const files: Attachment[] = [{ type: content.type, media: content.media }, ...(content.attachments ?? [])];
  const words = content.text;
  const keyboard = keyboardOf(content.actions, context);
  if (files.length === 1) {
    const call = sayFile(files[0]!, words);
    return [{ ...call, body: { ...call.body, ...markup(keyboard.markup) } }, ...sayFurther(keyboard.further)];
  }
  // An album takes no buttons: they come below it, with the words they belong to.
  if (!keyboard.markup || !content.actions?.length) return [...sayFiles(files, words), ...sayFurther(keyboard.further)];
  return [...sayFiles(files), ...sayText(words || '👇', content, context, false)];
}

/** Files in a row: albums of what Telegram lets stand together, pictures with films, documents alone, sound alone. */
function sayFiles(files: readonly Attachment[], words?: string): Call[] {
  const groups: Attachment[][] = [];
  for (const file of files) {
    const group = groups.at(-1);
    if (group && group.length < 10 && shelfOf(group[0]!) === shelfOf(file)) group.push(file);
    else groups.push([file]);
  }
  return groups.map((group, i) => {
    const caption = i === 0 ? words : undefined;
    if (group.length === 1) return sayFile(group[0]!, caption);
    const media = group.map((file, no) => ({
      type: file.type === 'image' ? 'photo' : file.type,
      media: sourceOf(file.media),
      ...(no === 0 && caption ? { caption } : {}),
    }));
    return { method: 'sendMediaGroup', body: { media } };
  });
}

/** What may share an album has the same word; what cannot be in one (animations, voice notes) has its own. */
function shelfOf(file: Attachment): string | symbol {
  const { method } = sayFile(file);
  if (method === 'sendPhoto' || method === 'sendVideo') return 'visual';
  return method === 'sendDocument' || method === 'sendAudio' ? method : Symbol(method);
}

function sayFile(file: Attachment, words?: string): Call {
  const source = sourceOf(file.media);
  const caption = words ? { caption: words } : {};
  const { mimeType = '', voice } = file.media;
  switch (file.type) {
    case 'image':
      if (mimeType === 'image/gif') return { method: 'sendAnimation', body: { animation: source, ...caption } };
      return { method: 'sendPhoto', body: { photo: source, ...caption } };
    case 'video':
      return { method: 'sendVideo', body: { video: source, ...caption, supports_streaming: true } };
    case 'audio':
      // sendAudio takes MP3 and M4A only; Ogg with Opus is what voice notes are made of.
      if (voice || mimeType.startsWith('audio/ogg'))
        return { method: 'sendVoice', body: { voice: source, ...caption } };
      return { method: 'sendAudio', body: { audio: source, ...caption } };
    case 'document':
      return { method: 'sendDocument', body: { document: source, ...caption } };
  }
}

/** Telegram fetches a link itself; a file it gave us before is named by its `file_id`. */
function sourceOf(media: Media): string {
  const fileId = media.ref?.file_id;
  const source = media.url ?? (typeof fileId === 'string' ? fileId : undefined);
  if (source) return source;
  throw new SendError('content_refused', { providerMessage: 'The file has no link that Telegram could fetch.' });
}

function sayLocation(content: ContentOf<'location'>, context: RenderContext): Call[] {
  const { latitude, longitude, name, address } = content.location;
  const keyboard = keyboardOf(content.actions, context);
  const below = content.text ? {} : markup(keyboard.markup);
  // A venue must have both a title and an address.
  const place: Call =
    name || address
      ? {
          method: 'sendVenue',
          body: { latitude, longitude, title: name || address, address: address || name, ...below },
        }
      : { method: 'sendLocation', body: { latitude, longitude, ...below } };
  if (content.text) return [place, ...sayText(content.text, content, context, false)];
  return [place, ...sayFurther(keyboard.further)];
}

function sayContact(contact: ContentOf<'contact'>['contacts'][number]): Call {
  const [phone] = contact.phones ?? [];
  if (!phone) {
    const lines = [contact.name, contact.organization, ...(contact.emails ?? [])].filter(Boolean);
    return { method: 'sendMessage', body: { text: lines.join('\n') } };
  }
  const vcard = contact.vcard ?? vcardOf(contact);
  return {
    method: 'sendContact',
    body: {
      phone_number: phone,
      first_name: contact.name || phone,
      // At most 2048 bytes; beyond that Telegram refuses the whole contact.
      ...(vcard && Buffer.byteLength(vcard) <= 2048 ? { vcard } : {}),
    },
  };
}

/** Number and name have parameters of their own; only more than that needs a vCard. */
function vcardOf({
  name,
  phones = [],
  emails = [],
  organization,
}: ContentOf<'contact'>['contacts'][number]): string | undefined {
  if (phones.length < 2 && emails.length === 0 && !organization) return undefined;
  const plain = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `FN:${plain(name)}`,
    ...(organization ? [`ORG:${plain(organization)}`] : []),
    ...phones.map((phone) => `TEL:${plain(phone)}`),
    ...emails.map((email) => `EMAIL:${plain(email)}`),
    'END:VCARD',
  ].join('\r\n');
}

function sayCard(card: ContentOf<'card'>, context: RenderContext): Call[] {
  const words = `<b>${escapeHtml(card.title)}</b>${card.text ? `\n${escapeHtml(card.text)}` : ''}`;
  const keyboard = keyboardOf(card.actions, context);
  const parsed = { parse_mode: 'HTML', ...markup(keyboard.markup) };
  const first: Call = card.media
    ? { method: 'sendPhoto', body: { photo: sourceOf(card.media), caption: words, ...parsed } }
    : { method: 'sendMessage', body: { text: words, ...parsed } };
  return [first, ...sayFurther(keyboard.further)];
}

const escapeHtml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const markup = (reply_markup: Markup | undefined) => (reply_markup ? { reply_markup } : {});

// ---- where it goes

/** Ids are written as numbers where a double holds them, else as text, which Telegram reads too. */
function idOf(text: string): number | string {
  const number = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : text;
}

function target({ to, thread }: RenderContext) {
  const [chat, topic] = thread.key.split(':');
  const chatId = thread.kind === 'group' && chat ? chat : to.value;
  return { chat_id: idOf(chatId), ...(topic ? { message_thread_id: idOf(topic) } : {}) };
}

/** `CHAT:MESSAGE`, apart. */
function targetOf(externalId: string, context?: RenderContext) {
  const [chat, message] = externalId.split(':');
  if (chat && message) return { chat_id: idOf(chat), message_id: idOf(message) };
  return { chat_id: context ? target(context).chat_id : '', message_id: idOf(externalId) };
}

function replyParameters(context: RenderContext) {
  const { chat_id, message_id } = targetOf(context.replyTo!.externalId, context);
  // A message of another chat cannot be answered here, except in groups, where it would tell the group about it.
  if (chat_id !== target(context).chat_id) return {};
  return { reply_parameters: { message_id, allow_sending_without_reply: true } };
}

// ---- what is done to messages and chats

/** Telegram knows text and caption apart; buttons that are not named go away. */
export function edit(externalId: string, part: MessagePart, context: RenderContext): ProviderRequest[] {
  const { content } = part;
  const where = targetOf(externalId, context);
  const { markup: keyboard } = keyboardOf('actions' in content ? content.actions : undefined, context);
  const below = keyboard && 'inline_keyboard' in keyboard ? { reply_markup: keyboard } : {};
  switch (content.type) {
    case 'text': {
      const parsed = content.format === 'html' ? { parse_mode: 'HTML' } : {};
      return [call('editMessageText', { ...where, text: content.text, ...parsed, ...below })];
    }
    case 'image':
    case 'video':
    case 'audio':
    case 'document': {
      const { method } = sayFile({ type: content.type, media: content.media });
      const media = {
        type: method === 'sendAnimation' ? 'animation' : content.type === 'image' ? 'photo' : content.type,
        media: sourceOf(content.media),
        ...(content.text ? { caption: content.text } : {}),
      };
      return [call('editMessageMedia', { ...where, media, ...below })];
    }
    default:
      throw new SendError('content_refused', {
        providerMessage: `Telegram cannot make a message into a ${content.type}.`,
      });
  }
}

export function remove(externalId: string, context: RenderContext): ProviderRequest[] {
  return [call('deleteMessage', targetOf(externalId, context))];
}

export function react(externalId: string, emoji: string | null, context: RenderContext): ProviderRequest[] {
  // Telegram's set spells its emoji without the variation selector that phones put in.
  const reaction = emoji === null ? [] : [{ type: 'emoji', emoji: emoji.replaceAll('\ufe0f', '') }];
  return [call('setMessageReaction', { ...targetOf(externalId, context), reaction })];
}

/** The sign lasts five seconds or until the next message; nothing takes it away. */
export function typing(to: Address, on: boolean): ProviderRequest[] {
  return on ? [call('sendChatAction', { chat_id: idOf(to.value), action: 'typing' })] : [];
}
