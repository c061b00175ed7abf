import { type Content, filesIn, type Media, mapFiles } from '@tributary/protocol';
import type { Files } from './files.ts';

/** Files whose bytes stand in the content itself (`data:` links, base64 in a request) go into the store; the content names them by id from then on. */
export async function keepInline(files: Files, ws: string, content: Content): Promise<Content> {
  const kept = new Map<Media, Media>();
  for (const { media } of filesIn(content)) {
    const inline = media.url === undefined ? undefined : readDataUrl(media.url);
    if (!inline) continue;
    const spooled = await files.spool([inline.bytes], inline.mimeType);
    const id = await files.keep(ws, spooled, media.filename);
    const { url: _url, ...rest } = media;
    kept.set(media, { ...rest, mediaId: `media_${id}`, mimeType: spooled.mimeType, size: spooled.size });
  }
  return kept.size > 0 ? mapFiles(content, (media) => kept.get(media) ?? media) : content;
}

/** `data:image/png;base64,…`, or with its bytes percent-encoded. */
function readDataUrl(url: string): { bytes: Buffer; mimeType: string | undefined } | undefined {
  const found = /^data:([^,;]*)((?:;[^,;]*)*),/i.exec(url);
  if (!found) return undefined;
  const body = url.slice(found[0].length);
  const isBase64 = /;base64$/i.test(found[2] ?? '');
  return {
    bytes: isBase64 ? Buffer.from(body, 'base64') : Buffer.from(decodePercent(body), 'latin1'),
    mimeType: found[1] || undefined,
  };
}

const decodePercent = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
