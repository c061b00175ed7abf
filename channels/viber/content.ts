import type { Content, Media } from '@tributary/protocol';
import { type Json, present, readNumber, readObject, readText } from '../common/json.ts';

/** What a message says. What we have no word for is `unsupported`, with a reason; never a throw. */
export function toContent(message: Json): Content {
  const type = readText(message.type) ?? 'unknown';
  const words = present({ text: readText(message.text) });
  switch (type) {
    case 'text':
      return words?.text ? { type: 'text', text: words.text } : unsupported(type);
    // A link that Viber drew a preview of.
    case 'url': {
      const url = readText(message.media) ?? words?.text;
      return url ? { type: 'text', text: url } : unsupported(type);
    }
    case 'picture': {
      const media = toMedia(message, 'image/jpeg');
      return media ? { type: 'image', ...words, media } : unsupported(type);
    }
    case 'video': {
      const media = toMedia(message, 'video/mp4');
      return media ? { type: 'video', ...words, media } : unsupported(type);
    }
    case 'file': {
      const media = toMedia(message);
      if (!media) return unsupported(type);
      return { type: media.mimeType?.startsWith('audio/') ? 'audio' : 'document', ...words, media };
    }
    case 'sticker': {
      const media = toMedia(message, 'image/png');
      const id = readText(message.sticker_id);
      if (!media && !id) return unsupported(type);
      return { type: 'sticker', media: { ...media, ...(id ? { ref: { sticker_id: id } } : {}) } };
    }
    case 'location':
      return toLocation(readObject(message.location)) ?? unsupported(type);
    case 'contact':
      return toContact(readObject(message.contact)) ?? unsupported(type);
    default:
      return unsupported(type);
  }
}

const unsupported = (type: string): Content => ({
  type: 'unsupported',
  reason: `Viber sent a message of the kind “${type}” that we cannot read.`,
});

/** Links are public and die within the hour or so, so they are fetched at once. */
function toMedia(message: Json, usualType?: string): Media | undefined {
  const url = readText(message.media);
  if (!url) return undefined;
  const filename = readText(message.file_name);
  const size = readNumber(message.size);
  return {
    url,
    ...present({
      mimeType: typeOf(filename ?? url) ?? usualType,
      filename,
      size: size !== undefined && size > 0 ? size : undefined,
      thumbnailUrl: readText(message.thumbnail),
    }),
  };
}

/** Viber names no types; the ending of the name is all there is. */
const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  mp4: 'video/mp4',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  aac: 'audio/aac',
  amr: 'audio/amr',
  pdf: 'application/pdf',
};
function typeOf(name: string): string | undefined {
  return TYPES[/\.(\w{2,5})(?:[?#].*)?$/.exec(name)?.[1]?.toLowerCase() ?? ''];
}

function toLocation(place: Json | undefined): Content | undefined {
  const latitude = readNumber(place?.lat);
  const longitude = readNumber(place?.lon);
  if (latitude === undefined || longitude === undefined) return undefined;
  return { type: 'location', location: { latitude, longitude, ...present({ address: readText(place?.address) }) } };
}

function toContact(card: Json | undefined): Content | undefined {
  const phone = readText(card?.phone_number);
  const name = readText(card?.name) ?? phone;
  if (!name) return undefined;
  return { type: 'contact', contacts: [{ name, ...(phone ? { phones: [phone] } : {}) }] };
}
