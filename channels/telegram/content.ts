import type { Content, Media } from '@tributary/protocol';
import { type File, type Message, SERVICE_FIELDS, UNSUPPORTED_FIELDS } from './payloads.ts';

/** What a message says, or why it says nothing. */
export type Said = { content: Content } | { ignored: string };

/** Reads what is inside a message. Pure. */
export function readContent(message: Message): Said {
  const content = speaking(message);
  if (content) return { content };
  const service = SERVICE_FIELDS.find((field) => field in message);
  if (service) return { ignored: `A service message of the chat: ${service}.` };
  return { content: unsupported(message) };
}

/** The order matters: an animation also carries `document`, a venue also `location`, a live photo also `photo`. */
function speaking(message: Message): Content | undefined {
  if (message.text !== undefined) return { type: 'text', text: message.text };
  const words = message.caption ? { text: message.caption } : {};
  if (message.animation) return { type: 'video', media: toMedia(message.animation, 'video/mp4'), ...words };
  if (message.photo) {
    const [first, ...others] = message.photo;
    if (!first) return undefined;
    const largest = others.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a), first);
    return { type: 'image', media: toMedia(largest, 'image/jpeg'), ...words };
  }
  if (message.video) return { type: 'video', media: toMedia(message.video, 'video/mp4'), ...words };
  if (message.video_note) return { type: 'video', media: toMedia(message.video_note, 'video/mp4'), ...words };
  if (message.voice) {
    return { type: 'audio', media: { ...toMedia(message.voice, 'audio/ogg'), voice: true }, ...words };
  }
  if (message.audio) return { type: 'audio', media: toMedia(message.audio, 'audio/mpeg'), ...words };
  if (message.document) return { type: 'document', media: toMedia(message.document), ...words };
  if (message.sticker) {
    const { sticker } = message;
    const form = sticker.is_animated ? 'application/x-tgsticker' : sticker.is_video ? 'video/webm' : 'image/webp';
    return { type: 'sticker', media: toMedia(sticker, form), ...(sticker.emoji ? { emoji: sticker.emoji } : {}) };
  }
  if (message.venue) {
    const { location, title, address } = message.venue;
    return {
      type: 'location',
      location: { ...location, ...(title ? { name: title } : {}), ...(address ? { address } : {}) },
    };
  }
  if (message.location) return { type: 'location', location: message.location };
  if (message.contact) {
    const { first_name, last_name, vcard } = message.contact;
    const phone = toPhone(message.contact.phone_number);
    const name = [first_name, last_name].filter(Boolean).join(' ') || phone;
    return { type: 'contact', contacts: [{ name, phones: [phone], ...(vcard ? { vcard } : {}) }] };
  }
  if (message.web_app_data) {
    const { data, button_text } = message.web_app_data;
    return { type: 'event', event: 'web_app_data', payload: data, ...(button_text ? { text: button_text } : {}) };
  }
  return undefined;
}

function unsupported(message: Message): Content {
  const field = Object.keys(UNSUPPORTED_FIELDS).find((name) => name in message);
  if (!field) {
    return { type: 'unsupported', reason: 'Telegram sent a kind of message we do not know.', text: '[Message]' };
  }
  const title = UNSUPPORTED_FIELDS[field]!;
  const words =
    field === 'poll'
      ? pollWords(message.poll)
      : field === 'dice'
        ? [message.dice?.emoji, message.dice?.value].filter((part) => part !== undefined).join(' ')
        : message.caption;
  return {
    type: 'unsupported',
    reason: `Telegram sent a ${title.toLowerCase()}, which has no form here.`,
    text: words ? `[${title}] ${words}` : `[${title}]`,
  };
}

/** The question, and what can be answered, a line each. */
function pollWords(poll: Message['poll']): string {
  const options = (poll?.options ?? []).flatMap(({ text }) => (text ? [`• ${text}`] : []));
  return [poll?.question, ...options].filter(Boolean).join('\n');
}

/** Telegram may leave the + out. */
export function toPhone(number: string): string {
  return /^\d{7,15}$/.test(number) ? `+${number}` : number;
}

/** `file_id` is good for this bot only; the bytes are fetched by getFile, never by a link a browser sees, because that holds the token. */
function toMedia(file: Pick<File, 'file_id'> & Partial<File>, usualType?: string): Media {
  const mimeType = file.mime_type ?? usualType;
  return {
    ref: { file_id: file.file_id, ...(file.file_unique_id ? { file_unique_id: file.file_unique_id } : {}) },
    ...(mimeType ? { mimeType } : {}),
    ...(file.file_name ? { filename: file.file_name } : {}),
    ...(file.file_size !== undefined ? { size: file.file_size } : {}),
  };
}
