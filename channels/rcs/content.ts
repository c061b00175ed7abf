import type { Content, Media } from '@tributary/protocol';
import { type Json, present, readNumber, readObject, readText } from '../common/json.ts';
import type { InboundData } from './payloads.ts';

/** What a message says, by the member it holds. What we have no word for is `unsupported`; never a throw. */
export function toContent(told: InboundData): Content {
  const text = readText(told.text);
  if (text !== undefined) return { type: 'text', text };
  const file = readObject(told.userFile);
  if (file) return toFile(file) ?? unsupported('a file without a link');
  const place = readObject(told.location);
  const latitude = readNumber(place?.latitude);
  const longitude = readNumber(place?.longitude);
  if (latitude !== undefined && longitude !== undefined) return { type: 'location', location: { latitude, longitude } };
  return unsupported(place ? 'a place without coordinates' : 'a message of a kind');
}

const unsupported = (what: string): Content => ({
  type: 'unsupported',
  reason: `RCS sent ${what} that we cannot read.`,
});

/** A file by its link, which asks for no credentials and dies soon. Old agents get it without `payload` around it. */
function toFile(file: Json): Content | undefined {
  const payload = readObject(file.payload) ?? file;
  const url = readText(payload.fileUri);
  if (url === undefined) return undefined;
  const thumbnail = readObject(file.thumbnail);
  const media: Media = {
    ref: { fileUri: url },
    ...present({
      mimeType: readText(payload.mimeType),
      filename: readText(payload.fileName),
      size: readNumber(payload.fileSizeBytes),
      thumbnailUrl: readText(thumbnail?.fileUri),
    }),
  };
  return { type: kindOf(media.mimeType ?? ''), media };
}

function kindOf(mimeType: string): 'image' | 'video' | 'audio' | 'document' {
  const family = mimeType.slice(0, mimeType.indexOf('/'));
  if (mimeType === 'application/ogg') return 'audio';
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}
