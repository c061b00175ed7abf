import {
  type Action,
  type Card,
  type ContactCard,
  type Content,
  type ContentOf,
  type Media,
  type MessagePart,
  SendError,
} from '@tributary/protocol';
import type { ProviderRequest, RenderContext } from '../adapter.ts';
import type { ViberConfig } from './config.ts';
import { type Keys, keyboardOf, linesOf } from './keyboard.ts';
import { RICH_MEDIA_VERSION, richMediaOf } from './rich_media.ts';

/** What a message says, before it is known who says it to whom. */
type Said = { type: string; min_api_version?: number; tracking_data?: string } & Record<string, unknown>;

/** Mostly one message; a place with a name, or a contact with more than a number, is two. */
export function render(part: MessagePart, context: RenderContext, config: ViberConfig): ProviderRequest[] {
  return say(part.content).map((said) => ({
    method: 'POST',
    path: '/send_message',
    name: `send ${said.type}`,
    body: { receiver: context.to.value, min_api_version: 1, sender: senderOf(config), ...said },
  }));
}

/** Viber wants a name above every message. */
export function senderOf(config: ViberConfig) {
  const name = config.senderName || 'Support';
  return config.senderAvatar ? { name, avatar: config.senderAvatar } : { name };
}

/** Words and what may be tapped under them. With nothing beside it, a link alone is one that Viber draws a preview of. */
function sayText(words: string, actions?: readonly Action[]): Said {
  const text = [words, ...linesOf(actions)].filter(Boolean).join('\n');
  const keys = keyboardOf(actions);
  if (!keys && text.length <= LINK_MAX && /^https?:\/\/\S+$/.test(text)) return { type: 'url', media: text };
  return { type: 'text', text, ...under(keys) };
}
const LINK_MAX = 2000;

const under = (keys: Keys | undefined) =>
  keys
    ? {
        keyboard: keys.keyboard,
        min_api_version: keys.minApiVersion,
        ...(keys.tracking ? { tracking_data: keys.tracking } : {}),
      }
    : {};

function say(content: Content): Said[] {
  switch (content.type) {
    case 'text':
      return [sayText(content.text, content.actions), ...(content.attachments ?? []).map(sayAttachment)];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return [...sayFile(content), ...(content.attachments ?? []).map(sayAttachment)];
    case 'sticker':
      return [saySticker(content.media)];
    case 'location':
      return sayLocation(content);
    case 'contact':
      return content.contacts.flatMap(sayContact);
    case 'card':
      return sayCards([content], undefined, []);
    case 'carousel':
      return sayCards(content.cards, content.text, content.actions ?? []);
    default: {
      // fit() leaves none of these; words that are there all the same are said.
      const text = 'text' in content ? content.text : undefined;
      if (text) return [sayText(text)];
      throw new SendError('content_refused', { providerMessage: `Viber has no form for “${content.type}”.` });
    }
  }
}

type FileContent = ContentOf<'image'> | ContentOf<'video'> | ContentOf<'audio'> | ContentOf<'document'>;

/** A file, and its keyboard; words have room beside pictures only, and follow elsewhere. */
function sayFile({ type, media, text, actions }: FileContent): Said[] {
  const file = type === 'image' ? sayPicture(media, text) : sayAttachment({ type, media });
  const words = [type === 'image' ? undefined : text, ...linesOf(actions)].filter(Boolean);
  return words.length > 0 ? [file, sayText(text ?? '', actions)] : [{ ...file, ...under(keyboardOf(actions)) }];
}

/** Cards, and above them in words what neither they nor a keyboard can do. */
function sayCards(cards: readonly Card[], text: string | undefined, actions: readonly Action[]): Said[] {
  const all = [...cards.flatMap((card) => card.actions ?? []), ...actions];
  const words = [text, ...linesOf(all)].filter(Boolean).join('\n');
  const asks = all.filter((action) => action.type === 'location_request').slice(0, 1);
  const keys = keyboardOf([...actions.filter((action) => action.type !== 'location_request'), ...asks]);
  return [
    ...(words ? [sayText(words)] : []),
    { ...under(keys), type: 'rich_media', min_api_version: RICH_MEDIA_VERSION, ...richMediaOf(cards) },
  ];
}

function sayAttachment({ type, media }: Pick<FileContent, 'type' | 'media'>): Said {
  if (type === 'image') return sayPicture(media);
  const size = media.size === undefined ? {} : { size: media.size };
  if (type === 'video') {
    return { type: 'video', media: linkOf(media), ...size, ...thumbnailOf(media) };
  }
  return { type: 'file', media: linkOf(media), ...size, file_name: fileNameOf(media) };
}

/** `text` must be there, empty if need be. */
const sayPicture = (media: Media, text = ''): Said => ({
  type: 'picture',
  text,
  media: linkOf(media),
  ...thumbnailOf(media),
});
const thumbnailOf = (media: Media) => (media.thumbnailUrl ? { thumbnail: media.thumbnailUrl } : {});

/** Viber’s own stickers have a number; any other is a picture. */
function saySticker(media: Media): Said {
  const id = media.ref?.sticker_id;
  if (typeof id === 'number' || typeof id === 'string') return { type: 'sticker', sticker_id: Number(id) };
  return sayPicture(media);
}

function linkOf(media: Media): string {
  if (media.url) return media.url;
  throw new SendError('content_refused', { providerMessage: 'The file has no link that Viber could fetch.' });
}

/** A name with an extension, at most 256 characters: Viber decides by it what may be opened. */
function fileNameOf(media: Media): string {
  const path = URL.canParse(linkOf(media)) ? new URL(linkOf(media)).pathname : '';
  const name = media.filename || path.slice(path.lastIndexOf('/') + 1) || 'file';
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 11 ? name.slice(dot) : '.bin';
  const stem = dot > 0 && name.length - dot <= 11 ? name.slice(0, dot) : name;
  return `${stem.slice(0, FILE_NAME_MAX - extension.length)}${extension}`;
}
const FILE_NAME_MAX = 256;

/** A place is a point on the map and no more; what it is called follows. */
function sayLocation({ location, text, actions }: ContentOf<'location'>): Said[] {
  const point: Said = { type: 'location', location: { lat: location.latitude, lon: location.longitude } };
  const words = [location.name, location.address, text].filter(Boolean).join('\n');
  if (words || linesOf(actions).length > 0) return [point, sayText(words, actions)];
  return [{ ...point, ...under(keyboardOf(actions)) }];
}

const NAME_MAX = 28;
const PHONE_MAX = 18;

/** A card holds a name and a number. Whatever does not fit on it follows, whole, as words. */
function sayContact(contact: ContactCard): Said[] {
  const { name, phones = [], emails = [], organization } = contact;
  const [phone] = phones;
  const words: Said = { type: 'text', text: [name, organization, ...phones, ...emails].filter(Boolean).join('\n') };
  if (!phone || phone.length > PHONE_MAX) return [words];
  const card: Said = { type: 'contact', contact: { name: (name || phone).slice(0, NAME_MAX), phone_number: phone } };
  const more = name.length > NAME_MAX || phones.length > 1 || emails.length > 0 || organization;
  return more ? [card, words] : [card];
}
