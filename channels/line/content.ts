import type { Content, Media } from '@tributary/protocol';
import { type Json, present, readNumber, readObject, readText } from '../common/json.ts';

/** What a message says. What we have no word for is `unsupported`, with a reason; never a throw. */
export function toContent(message: Json): Content {
  const type = readText(message.type) ?? 'unknown';
  switch (type) {
    case 'text': {
      const text = readText(message.text);
      return text ? { type: 'text', text } : unsupported(type);
    }
    case 'image':
      return { type: 'image', media: toMedia(message, 'image/jpeg') };
    case 'video':
      return { type: 'video', media: toMedia(message, 'video/mp4') };
    case 'audio':
      return { type: 'audio', media: toMedia(message, 'audio/mp4') };
    case 'file':
      return { type: 'document', media: toMedia(message) };
    case 'sticker':
      return toSticker(message) ?? unsupported(type);
    case 'location':
      return toLocation(message) ?? unsupported(type);
    default:
      return unsupported(type);
  }
}

const unsupported = (type: string): Content => ({
  type: 'unsupported',
  reason: `LINE sent a message of the kind “${type}” that we cannot read.`,
});

/** LINE keeps what people send and gives it to the holder of the token; what a LIFF app sent lies elsewhere, by links. */
function toMedia(message: Json, usualType?: string): Media {
  const provider = readObject(message.contentProvider);
  const url = provider?.type === 'external' ? readText(provider.originalContentUrl) : undefined;
  const size = readNumber(message.fileSize);
  return {
    ...(url
      ? { url, ...present({ thumbnailUrl: readText(provider?.previewImageUrl) }) }
      : { ref: { messageId: readText(message.id) ?? '' } }),
    ...present({
      mimeType: usualType,
      filename: readText(message.fileName),
      size: size !== undefined && size >= 0 ? size : undefined,
    }),
  };
}

/** A sticker has numbers and no file that LINE would hand out. */
function toSticker(message: Json): Content | undefined {
  const packageId = readText(message.packageId);
  const stickerId = readText(message.stickerId);
  return packageId && stickerId ? { type: 'sticker', media: { ref: { packageId, stickerId } } } : undefined;
}

function toLocation(message: Json): Content | undefined {
  const latitude = readNumber(message.latitude);
  const longitude = readNumber(message.longitude);
  if (latitude === undefined || longitude === undefined) return undefined;
  const words = present({ name: readText(message.title), address: readText(message.address) });
  return { type: 'location', location: { latitude, longitude, ...words } };
}
