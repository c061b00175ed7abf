import type { Readable } from 'node:stream';

/** Where the bytes of files are kept: a folder, or a bucket. Names are of our own making: letters, digits, dashes and slashes. */
export interface FileStore {
  /** Takes over the file at `path`, which is gone afterwards. Under a name that exists it replaces what was there. */
  put(name: string, path: string, about: { size: number; hash: Buffer; mimeType: string }): Promise<void>;
  /** The bytes, or a part of them (`end` included). Undefined where there are none. */
  open(name: string, range?: { start: number; end: number }): Promise<Readable | undefined>;
  /** Removing what is not there is no error. */
  remove(name: string): Promise<void>;
}
