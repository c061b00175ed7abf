import type { Attachment, Content, ContentOf, Media } from '@tributary/protocol';
import { type Json, present, readNumber, readObject, readObjects, readText } from './json.ts';
import { readId } from './meta.ts';

/** What a message holds: its first attachment with the words, and the files beside it. */
interface Held {
  content: Content;
  attachments: Attachment[];
}

/** Messenger’s thumbs up, small, middle and large. */
const THUMBS_UP = new Set(['369239263222822', '369239343222814', '369239383222810']);
/** Things of Facebook and Instagram that people pass on. */
const SHARES = new Set(['share', 'post', 'ig_post', 'reel', 'ig_reel', 'story', 'ig_story', 'product', 'template']);
const FILES: Readonly<Record<string, Attachment['type']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
};

/** Words and attachments as content. What we have no word for is `unsupported`, with a reason; never a throw. */
export function readAttachments(message: Json, title: string): Held {
  const text = readText(message.text);
  const [first, ...rest] = withoutTwins(readObjects(message.attachments));
  if (!first) {
    if (text !== undefined) return { content: { type: 'text', text }, attachments: [] };
    const reason = `${title} sent a message without words or attachments.`;
    return { content: { type: 'unsupported', reason }, attachments: [] };
  }
  return { content: toContent(first, text, title), attachments: rest.flatMap(toAttachment) };
}

/**
 * While Meta changes its names, a sticker comes as `sticker` and as `image` with the same id, and a shared post as `share` and as `ig_post`: the
 * newer name is kept.
 */
function withoutTwins(attachments: Json[]): Json[] {
  const stickers = new Set(
    attachments.filter(({ type }) => type === 'sticker').map(({ payload }) => readId(readObject(payload)?.sticker_id)),
  );
  const posts = attachments.some(({ type }) => type === 'ig_post');
  return attachments.filter(({ type, payload }) => {
    const sticker = readId(readObject(payload)?.sticker_id);
    if (type === 'image' && sticker !== undefined) return !stickers.has(sticker);
    return !(type === 'share' && posts);
  });
}

const kindOf = (type: string | undefined): Attachment['type'] | undefined =>
  type !== undefined && Object.hasOwn(FILES, type) ? FILES[type] : undefined;

function toAttachment({ type, payload }: Json): Attachment[] {
  const kind = kindOf(readText(type));
  return kind ? [{ type: kind, media: toMedia(readObject(payload)) }] : [];
}

function toContent(attachment: Json, text: string | undefined, title: string): Content {
  const type = readText(attachment.type) ?? 'unknown';
  const payload = readObject(attachment.payload);
  const kind = kindOf(type);
  const sticker = readId(payload?.sticker_id);
  if (type === 'sticker' || (kind === 'image' && sticker !== undefined)) return toSticker(payload, sticker);
  if (kind) return { type: kind, ...present({ text }), media: toMedia(payload) };
  switch (type) {
    case 'like_heart':
      return { type: 'sticker', media: {}, emoji: '❤️' };
    case 'location':
      return toLocation(attachment, payload, text) ?? unsupported(type, text, title);
    case 'fallback':
      return toLink(attachment, payload, text) ?? unsupported(type, text, title);
    // The picture of a story may not be kept for longer than the story lives, so it stays a link.
    case 'story_mention':
      return { type: 'event', event: 'story_mention', ...present({ text }), detail: { url: readText(payload?.url) } };
    case 'appointment_booking':
      return { type: 'event', event: 'appointment', ...present({ text }), detail: payload };
    default:
      return SHARES.has(type) ? toShare(type, attachment, payload, text) : unsupported(type, text, title);
  }
}

/** Meta’s own links, signed and good for days: to be fetched at once. The name of a file stands in its path only. */
function toMedia(payload: Json | undefined): Media {
  const url = readText(payload?.url);
  return url ? { ref: { url }, ...present({ filename: filenameOf(url) }) } : {};
}

function filenameOf(url: string | undefined): string | undefined {
  const path = url && URL.canParse(url) ? new URL(url).pathname : '';
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (!/\.[A-Za-z0-9]{1,8}$/.test(last)) return undefined;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function toSticker(payload: Json | undefined, sticker: string | undefined): ContentOf<'sticker'> {
  const media = { ref: present({ url: readText(payload?.url), stickerId: sticker }) ?? {} };
  return { type: 'sticker', media, ...(sticker && THUMBS_UP.has(sticker) ? { emoji: '👍' } : {}) };
}

function toLocation(attachment: Json, payload: Json | undefined, text: string | undefined): Content | undefined {
  const place = readObject(payload?.coordinates);
  const latitude = readNumber(place?.lat);
  const longitude = readNumber(place?.long);
  if (latitude === undefined || longitude === undefined) return undefined;
  const name = readText(attachment.title) ?? readText(payload?.title);
  return { type: 'location', location: { latitude, longitude, ...present({ name }) }, ...present({ text }) };
}

/** A link’s preview: the words usually hold the link already. */
function toLink(attachment: Json, payload: Json | undefined, text: string | undefined): Content | undefined {
  const url = readText(payload?.url) ?? readText(attachment.url);
  const words = text ?? readText(payload?.title) ?? readText(attachment.title);
  const lines = [words, url && !words?.includes(url) ? url : undefined].filter((line) => line !== undefined);
  return lines.length > 0 ? { type: 'text', text: lines.join('\n') } : undefined;
}

/** A post, a reel or a story passed on, or a template of the page in an echo. */
function toShare(type: string, attachment: Json, payload: Json | undefined, text: string | undefined): Content {
  const title = readText(payload?.title) ?? readText(attachment.title);
  if (type === 'template') {
    const words = text ?? readText(payload?.text) ?? titlesOf(payload) ?? title;
    return { type: 'event', event: 'template', ...present({ text: words }), detail: payload };
  }
  const detail = present({
    kind: type,
    url: readText(payload?.url) ?? readText(attachment.url),
    title,
    id: readId(payload?.ig_post_media_id) ?? readId(payload?.reel_video_id) ?? readId(payload?.id),
  });
  return { type: 'event', event: 'share', ...present({ text: text ?? title }), detail };
}

function titlesOf(payload: Json | undefined): string | undefined {
  const elements = readObjects(payload?.elements).concat(readObjects(readObject(payload?.generic)?.elements));
  return elements.flatMap(({ title }) => readText(title) ?? []).join('\n') || undefined;
}

function unsupported(type: string, text: string | undefined, title: string): Content {
  const reason = `${title} sent an attachment of the kind “${type}” that we cannot read.`;
  return { type: 'unsupported', reason, ...present({ text }) };
}
