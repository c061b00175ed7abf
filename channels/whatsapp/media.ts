import { type Media, SendError } from '@tributary/protocol';
import type { Io, OpenMedia } from '../adapter.ts';
import { readText } from '../common/json.ts';
import { callGraph } from '../common/meta.ts';
import { graphPath, type WhatsAppConfig } from './config.ts';
import type { Header, OutboundMedia } from './payloads.ts';
import { toCall } from './send.ts';

/** A link for Meta to fetch, or the id of something uploaded there before. */
export function toOutboundMedia(media: Media): OutboundMedia {
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

/** Meta hands out no larger file. */
const DOWNLOAD_MAX = 100 * 1024 * 1024;

/**
 * Opens a file that a customer sent. Its id is good for a week or so, and gives a link that is good for five minutes and for the holder of the
 * token; so it is asked for anew each time. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
 */
export async function fetchMedia(media: Media, config: WhatsAppConfig, io: Io): Promise<OpenMedia> {
  const id = readText(media.ref?.id);
  if (!id) throw new SendError('content_refused', { providerMessage: 'WhatsApp named no file.' });
  const told = await callGraph(toCall({ method: 'GET', path: graphPath(config, id) }, config), io);
  const url = readText(told.url);
  if (!url || !URL.canParse(url))
    throw new SendError('content_refused', { providerMessage: 'WhatsApp named no place to fetch the file from.' });
  const headers = isMetas(url, io.baseUrl) ? { authorization: `Bearer ${config.accessToken}` } : undefined;
  const file = await io.download({ method: 'GET', url, ...(headers ? { headers } : {}) }, { maxBytes: DOWNLOAD_MAX });
  if (file.status === 200) return { ...file, mimeType: readText(told.mime_type) ?? file.mimeType };
  const passing = file.status === 404 || file.status === 429 || file.status >= 500;
  // 404: the link was older than five minutes by the time it was followed; the next try gets a fresh one.
  throw new SendError(passing ? 'unavailable' : 'content_refused', {
    providerCode: String(file.status),
    providerMessage: `WhatsApp answered ${file.status} instead of the file.`,
  });
}

/** The token goes to Meta's own hosts, and to the place that settings put in its stead. */
function isMetas(url: string, baseUrl: string): boolean {
  const { origin, protocol, hostname } = new URL(url);
  return (
    origin === new URL(baseUrl).origin ||
    (protocol === 'https:' && /(^|\.)(fbsbx|facebook|fbcdn)\.(com|net)$/.test(hostname))
  );
}
