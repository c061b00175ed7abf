import { type Action, type Content, type ContentOf, type MessagePart, SendError } from '@tributary/protocol';
import type { ProviderRequest, RenderContext } from '../adapter.ts';
import { react } from './amend.ts';
import { type Call, sayFile, sayFiles, sourceOf, type Words, written } from './files.ts';
import { type Keyboard, keyboardOf } from './keyboard.ts';
import { call, replyParameters, target } from './target.ts';

/** A part as calls of the Bot API, in the order they have to arrive. */
export function render(part: MessagePart, context: RenderContext): ProviderRequest[] {
  const { content } = part;
  if (content.type === 'reaction') {
    return react(context.replyTo?.externalId ?? content.messageId ?? '', content.emoji, context);
  }
  const calls = say(content, context, part.markup === 'telegram-html');
  return calls.map(({ method, body }, i) =>
    // Only what comes first answers the message; what follows belongs to it.
    call(method, { ...target(context), ...body, ...(i === 0 ? replyParameters(context) : {}) }),
  );
}

function say(content: Exclude<Content, { type: 'reaction' }>, context: RenderContext, html: boolean): Call[] {
  switch (content.type) {
    case 'text': {
      const words = { text: content.text, html };
      return [...sayText(words, content.actions, context), ...sayFiles(content.attachments ?? [])];
    }
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return sayMedia(content, context, html);
    case 'sticker':
      return [{ method: 'sendSticker', body: { sticker: sourceOf(content.media) } }];
    case 'location':
      return sayLocation(content, context, html);
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
      const text = content.text ?? (content.type === 'email' ? content.subject : undefined);
      if (text) return sayText({ text, html }, undefined, context);
      throw new SendError('content_refused', {
        providerMessage: `Telegram has no form for a ${content.type} without words.`,
      });
    }
  }
}

function sayText(words: Words, actions: Action[] | undefined, context: RenderContext): Call[] {
  return above({ method: 'sendMessage', body: written('text', words) }, keyboardOf(actions, context));
}

/** A call with a keyboard under it, and what of the keyboard needs messages of its own. */
function above(first: Call, { markup, further }: Keyboard): Call[] {
  const own = further.map((one) => ({
    method: 'sendMessage',
    body: { text: one.text, ...(one.markup ? { reply_markup: one.markup } : {}) },
  }));
  return [markup ? { ...first, body: { ...first.body, reply_markup: markup } } : first, ...own];
}

type MediaContent = ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>;

function sayMedia(content: MediaContent, context: RenderContext, html: boolean): Call[] {
  const { type, media, attachments = [], actions } = content;
  const words = content.text ? { text: content.text, html } : undefined;
  if (attachments.length === 0) return above(sayFile({ type, media }, words), keyboardOf(actions, context));
  const files = [{ type, media }, ...attachments];
  if (!actions?.length) return sayFiles(files, words);
  // An album takes no buttons: they come below it, with the words they belong to.
  return [...sayFiles(files), ...sayText(words ?? { text: '👇', html: false }, actions, context)];
}

function sayLocation(content: ContentOf<'location'>, context: RenderContext, html: boolean): Call[] {
  const { latitude, longitude, name, address } = content.location;
  const place: Call =
    name || address
      ? // A venue must have both a title and an address.
        { method: 'sendVenue', body: { latitude, longitude, title: name || address, address: address || name } }
      : { method: 'sendLocation', body: { latitude, longitude } };
  if (content.text) return [place, ...sayText({ text: content.text, html }, content.actions, context)];
  return above(place, keyboardOf(content.actions, context));
}

type Person = ContentOf<'contact'>['contacts'][number];

function sayContact(contact: Person): Call {
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
function vcardOf({ name, phones = [], emails = [], organization }: Person): string | undefined {
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
  const text = `<b>${escapeHtml(card.title)}</b>${card.text ? `\n${escapeHtml(card.text)}` : ''}`;
  const keyboard = keyboardOf(card.actions, context);
  if (!card.media) return above({ method: 'sendMessage', body: written('text', { text, html: true }) }, keyboard);
  return above(sayFile({ type: cardFile(card.media.mimeType), media: card.media }, { text, html: true }), keyboard);
}

function cardFile(mimeType = 'image/jpeg'): 'image' | 'video' | 'audio' | 'document' {
  const family = mimeType.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

const escapeHtml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
