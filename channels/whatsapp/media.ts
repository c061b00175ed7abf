import { type Media, SendError } from '@tributary/protocol';
import { present, readText } from '../common/json.ts';
import type { Header, OutboundMedia } from './payloads.ts';

/** What is stored with us is uploaded by `send`; else a link for Meta to fetch, or the id of something it has already. */
export function toOutboundMedia(media: Media): OutboundMedia {
  const { mediaId, mimeType, filename } = media;
  if (mediaId) return { upload: { mediaId, ...present({ mimeType, filename }) } };
  if (media.url) return { link: media.url };
  const id = readText(media.ref?.id);
  if (id) return { id };
  throw new SendError('content_refused', { providerMessage: 'The file has no link that WhatsApp could fetch.' });
}

/** The kinds of file that may stand above buttons. */
export type HeaderKind = 'image' | 'video' | 'document';

/** What a file is, from its type: without one it is taken for a picture. */
export function mediaKindOf(media: Media): HeaderKind {
  const type = media.mimeType ?? 'image/';
  if (type.startsWith('video/')) return 'video';
  return type.startsWith('image/') ? 'image' : 'document';
}

/** A file above the body of an interactive message. */
export function toHeader(kind: HeaderKind, media: Media): Header {
  const file = toOutboundMedia(media);
  switch (kind) {
    case 'image':
      return { type: 'image', image: file };
    case 'video':
      return { type: 'video', video: file };
    case 'document':
      return { type: 'document', document: { ...file, ...(media.filename ? { filename: media.filename } : {}) } };
  }
}
