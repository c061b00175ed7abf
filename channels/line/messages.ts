import { type Action, type Content, type ContentOf, type Media, SendError } from '@tributary/protocol';
import { type LineAction, lineOf, type QuickReply, shelve, toAction } from './actions.ts';
import { cutAlt, sayCard, sayCards } from './cards.ts';
import type { LineConfig } from './config.ts';

/** A message object of LINE’s. */
export type LineMessage = { type: string; quickReply?: QuickReply; quoteToken?: string } & Record<string, unknown>;

/** A part as LINE’s messages, in order. */
export function toMessages(content: Content, config: LineConfig): LineMessage[] {
  switch (content.type) {
    case 'text':
      return [
        ...speak(content.text, content.actions),
        ...(content.attachments ?? []).map((one) => sayFile(one, config)),
      ];
    case 'image':
    case 'video':
    case 'audio':
    case 'document': {
      const files = [content, ...(content.attachments ?? [])].map((one) => sayFile(one, config));
      const words = content.text || content.actions?.length ? speak(content.text ?? '', content.actions) : [];
      return [...files, ...words];
    }
    case 'sticker':
      return [saySticker(content.media)];
    case 'location':
      return sayLocation(content);
    case 'card':
      return [sayCard(content), ...sayRest(content.actions)];
    case 'carousel': {
      const actions = content.cards.flatMap((card) => card.actions ?? []);
      return [...(content.text ? speak(content.text, undefined) : []), sayCards(content.cards), ...sayRest(actions)];
    }
    default: {
      // fit() leaves none of these; words that are there all the same are said.
      const text = 'text' in content ? content.text : undefined;
      if (text) return speak(text, undefined);
      throw new SendError('content_refused', { providerMessage: `LINE has no form for “${content.type}”.` });
    }
  }
}

const TEMPLATE_TEXT_MAX = 160;
const TEMPLATE_ACTIONS_MAX = 4;
/** LINE asks for words above buttons where the writer gave none. */
const NO_WORDS = '👇';

/** Words with what may be tapped. Longer words than a template holds come before it, and more buttons than it holds in another. */
function speak(words: string, actions: readonly Action[] | undefined): LineMessage[] {
  const { standing, quickReply, lines } = shelve(actions);
  const text = [words, ...lines].filter(Boolean).join('\n');
  const messages: LineMessage[] = [];
  const inside = standing.length > 0 && text.length > 0 && text.length <= TEMPLATE_TEXT_MAX;
  if (!inside && (text || standing.length === 0)) messages.push({ type: 'text', text: text || NO_WORDS });
  for (let at = 0; at < standing.length; at += TEMPLATE_ACTIONS_MAX) {
    const above = at === 0 && inside ? text : NO_WORDS;
    messages.push(sayButtons(above, standing.slice(at, at + TEMPLATE_ACTIONS_MAX)));
  }
  const last = messages.at(-1);
  if (quickReply && last) messages[messages.length - 1] = { ...last, quickReply };
  return messages;
}

/** What of a card’s actions LINE would refuse it for, in words below it. */
function sayRest(actions: readonly Action[] | undefined): LineMessage[] {
  const lines = (actions ?? []).filter((action) => !toAction(action)).map(lineOf);
  return lines.length > 0 ? [{ type: 'text', text: lines.join('\n') }] : [];
}

/** Two buttons stand beside each other, other numbers below each other. */
function sayButtons(text: string, actions: LineAction[]): LineMessage {
  const type = actions.length === 2 ? 'confirm' : 'buttons';
  return { type: 'template', altText: cutAlt(text), template: { type, text, actions } };
}

type File = Pick<
  ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>,
  'type' | 'media'
>;

/** What LINE shows as a sound’s length where nobody knows it. */
const UNKNOWN_DURATION_MS = 60_000;

function sayFile({ type, media }: File, config: LineConfig): LineMessage {
  const url = linkOf(media);
  switch (type) {
    case 'image':
      return { type: 'image', originalContentUrl: url, previewImageUrl: media.thumbnailUrl ?? url };
    case 'video': {
      const preview = media.thumbnailUrl ?? config.videoPreviewUrl;
      return preview ? { type: 'video', originalContentUrl: url, previewImageUrl: preview } : sayLink(media, url);
    }
    case 'audio':
      return { type: 'audio', originalContentUrl: url, duration: UNKNOWN_DURATION_MS };
    case 'document':
      return sayLink(media, url);
  }
}

const sayLink = (media: Media, url: string): LineMessage => ({
  type: 'text',
  text: media.filename ? `${media.filename}: ${url}` : url,
});

/** LINE’s own stickers have two numbers; any other is a picture. */
function saySticker(media: Media): LineMessage {
  const { packageId, stickerId } = media.ref ?? {};
  if (packageId && stickerId) return { type: 'sticker', packageId: String(packageId), stickerId: String(stickerId) };
  const url = linkOf(media);
  return { type: 'image', originalContentUrl: url, previewImageUrl: url };
}

function linkOf(media: Media): string {
  if (media.url) return media.url;
  throw new SendError('content_refused', { providerMessage: 'The file has no link that LINE could fetch.' });
}

const PLACE_MAX = 100;

/** A place must have a title and an address; what is too long for either follows, whole, as words. */
function sayLocation({ location, text, actions }: ContentOf<'location'>): LineMessage[] {
  const { latitude, longitude, name, address } = location;
  const point = `${latitude}, ${longitude}`;
  const place: LineMessage = {
    type: 'location',
    title: cut(name || address || point),
    address: cut(address || name || point),
    latitude,
    longitude,
  };
  const long = [name, address].filter((words) => words !== undefined && words.length > PLACE_MAX);
  const words = [...long, text].filter(Boolean).join('\n');
  return words || actions?.length ? [place, ...speak(words, actions)] : [place];
}

const cut = (text: string): string =>
  text.length <= PLACE_MAX ? text : `${text.slice(0, PLACE_MAX - 1).toWellFormed()}…`;
