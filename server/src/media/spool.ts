import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SendError } from '@tributary/protocol';
import { typeOf } from './type_of.ts';

/** A file on our own disk, read to its end: what it is, and how to be rid of it. */
export interface Spooled {
  path: string;
  size: number;
  hash: Buffer;
  mimeType: string;
  /** Harmless where the file has been moved away. */
  drop(): Promise<void>;
}

/** No provider hands out more, and none takes more. */
export const LARGEST_FILE = 100 * 1024 * 1024;
const HEAD_BYTES = 64;

/**
 * Writes bytes to disk as they come, never holding more than a chunk, and finds out size, hash and type on the way. Throws SendError `too_large`
 * beyond `maxBytes`; nothing is left behind then.
 */
export async function spool(
  folder: string,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  declared: string | undefined,
  maxBytes = LARGEST_FILE,
): Promise<Spooled> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  const drop = () => rm(path, { force: true });
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let size = 0;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of body) {
        if (size < HEAD_BYTES) head.push(Buffer.from(chunk.subarray(0, HEAD_BYTES - size)));
        size += chunk.length;
        if (size > maxBytes) throw new SendError('too_large');
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { path, size, hash: hash.digest(), mimeType: await typeOf(path, Buffer.concat(head), declared), drop };
}
