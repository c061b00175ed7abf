import { Readable } from 'node:stream';
import type { OpenMedia } from '@tributary/channels';
import { newUuid, SendError, uuidOf } from '@tributary/protocol';
import type { Db, Tx } from '../store/db.ts';
import { insertArriving, type MediaRow, readMedia } from '../store/media.ts';
import type { FileStore } from './file_store.ts';
import { type MediaLinks, mediaLinks } from './links.ts';
import { type Spooled, spool } from './spool.ts';

/** The room as the others see it. Ids with or without their kind. */
export interface Files {
  readonly links: MediaLinks;
  /** Reads bytes to their end, onto our disk. */
  spool(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, declared?: string, maxBytes?: number): Promise<Spooled>;
  /** Keeps what was spooled, as a file of the workspace that belongs to nothing yet; see `settleArrived`. Answers its id, a uuid. */
  keep(ws: string, spooled: Spooled, filename: string | undefined): Promise<string>;
  /** Puts what was spooled in the place of a file that is known already. */
  put(ws: string, id: string, spooled: Spooled): Promise<void>;
  /** Opens a file. One that is still on its way from its provider is waited for. Throws SendError. */
  open(ws: string, id: string, limits: { maxBytes: number }): Promise<OpenMedia>;
  /** A file's bytes, or a part of them. */
  read(row: MediaRow, range?: { start: number; end: number }): Promise<Readable | undefined>;
  /** What is known of a file, once it has been fetched or was given up; after `patienceMs` as it is then. */
  awaited(row: MediaRow, patienceMs: number): Promise<MediaRow | undefined>;
  remove(ws: string, id: string): Promise<void>;
}

export interface FilesTools {
  db: Db;
  store: FileStore;
  /** Where files lie while they are read. */
  spoolFolder: string;
  key: Uint8Array;
  publicUrl(): string;
}

const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

export function openFiles({ db, store, spoolFolder, key, publicUrl }: FilesTools): Files {
  const nameOf = (ws: string, id: string): string => `${uuidOf(ws)}/${uuidOf(id).slice(-2)}/${uuidOf(id)}`;
  const readOne = async (tx: Tx, ws: string, id: string): Promise<MediaRow | undefined> =>
    (await readMedia(tx, uuidOf(ws), [uuidOf(id)])).get(uuidOf(id));

  const awaited: Files['awaited'] = async (row, patienceMs) => {
    let found: MediaRow | undefined = row;
    for (const end = Date.now() + patienceMs; found?.state === 'wanted' && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      found = await readOne(db, row.ws, row.id);
    }
    return found;
  };

  const read: Files['read'] = (row, range) =>
    row.size === 0 ? Promise.resolve(Readable.from([])) : store.open(nameOf(row.ws, row.id), range);

  return {
    links: mediaLinks(key, publicUrl),
    spool: (body, declared, maxBytes) => spool(spoolFolder, body, declared, maxBytes),
    async keep(ws, spooled, filename) {
      const id = newUuid();
      // The row first: bytes that nobody knows of would lie there for ever.
      await insertArriving(db, uuidOf(ws), id, { ...spooled, filename: cleanName(filename) });
      await store.put(nameOf(ws, id), spooled.path, spooled);
      return id;
    },
    put: (ws, id, spooled) => store.put(nameOf(ws, id), spooled.path, spooled),
    async open(ws, id, { maxBytes }) {
      const row = await readOne(db, ws, id);
      const found = row && (await awaited(row, PATIENCE_MS));
      if (found?.state === 'wanted')
        throw new SendError('unavailable', { providerMessage: 'The file has not come from its provider yet.' });
      if (!found || found.state === 'failed' || found.state === 'erased')
        throw new SendError('content_refused', { providerMessage: 'The file is not there any more.' });
      if ((found.size ?? 0) > maxBytes) throw new SendError('too_large');
      const body = await read(found);
      if (!body) throw new SendError('content_refused', { providerMessage: 'The file is not there any more.' });
      return {
        body,
        mimeType: found.mimeType ?? undefined,
        filename: found.filename ?? undefined,
        size: found.size ?? undefined,
      };
    },
    read,
    awaited,
    remove: (ws, id) => store.remove(nameOf(ws, id)),
  };
}

/** A name without the path before it and without what no file system takes. */
export function cleanName(name: string | undefined): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  const clean = (name ?? '').replace(/^.*[/\\]/, '').replace(/[\u0000-\u001f\u007f\ufffd]/g, '');
  return clean.trim().slice(0, 200) || null;
}
