import { type Content, filesIn, type Media, mapFiles, parseId, uuidOf } from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import { type MediaRow, readMedia, settleArrived } from '../store/media.ts';
import type { Files } from './files.ts';

/**
 * Content that somebody wants to say, with what we know of its files: a link of ours becomes the file it leads to, and each stored file is told by
 * type, size and name, so that limits are seen before a provider sees the file. What had only arrived is kept from now on. `missing` names ids of
 * no file of this workspace.
 */
export async function knowFiles(
  tx: Tx,
  files: Pick<Files, 'links'>,
  ws: string,
  content: Content,
  now: Date,
): Promise<{ content: Content; missing: string[] }> {
  const ownId = (media: Media): string | undefined => {
    if (media.mediaId !== undefined) return media.mediaId;
    const link = media.url === undefined ? undefined : files.links.read(media.url);
    return link && files.links.check(ws, link.id, link, now) ? `media_${link.id}` : undefined;
  };
  const ids = filesIn(content).flatMap(({ media }) => ownId(media) ?? []);
  if (ids.length === 0) return { content, missing: [] };
  const uuids = ids.flatMap((id) => (parseId('media', id) ? [uuidOf(id)] : []));
  const rows = await readMedia(tx, uuidOf(ws), uuids);
  const arrived = uuids.filter((id) => rows.get(id)?.state === 'arriving');
  const settled = await settleArrived(tx, uuidOf(ws), arrived);
  const there = (id: string): MediaRow | undefined => {
    const row = rows.get(uuidOf(id));
    if (!row || row.state === 'erased' || row.state === 'failed') return undefined;
    return row.state === 'arriving' && !settled.has(row.id) ? undefined : row;
  };
  const told = mapFiles(content, (media) => {
    const id = ownId(media);
    const row = id === undefined ? undefined : there(id);
    return row ? tellFile(media, row) : media;
  });
  return { content: told, missing: ids.filter((id) => !there(id)) };
}

/** What the bytes say of type and size wins over what the caller says; the caller's name wins over the file's. */
function tellFile({ url: _url, ...media }: Media, row: MediaRow): Media {
  const filename = media.filename ?? row.filename ?? undefined;
  return {
    ...media,
    mediaId: `media_${row.id}`,
    ...(row.mimeType === null ? {} : { mimeType: row.mimeType }),
    ...(row.size === null ? {} : { size: row.size }),
    ...(filename === undefined ? {} : { filename }),
  };
}
