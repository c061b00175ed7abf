import { createHash } from 'node:crypto';

/** A picture or document that passed through a double; `bytes` is absent when the business gave a link that lives elsewhere. */
export interface StoredFile {
  id: string;
  mimeType: string;
  filename: string;
  bytes?: Buffer;
  url?: string;
  sha256?: Buffer;
}

const roomInBytes = 64 * 1024 * 1024;

/** Files in memory; the oldest leave when the room is full. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>();
  #bytes = 0;
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  put(file: { mimeType: string; filename?: string; bytes?: Buffer; url?: string }): StoredFile {
    const id = String(this.#next++);
    const stored: StoredFile = {
      id,
      mimeType: file.mimeType,
      filename: file.filename ?? `file_${id}${extensionOf(file.mimeType)}`,
    };
    if (file.bytes) {
      stored.bytes = file.bytes;
      stored.sha256 = createHash('sha256').update(file.bytes).digest();
      this.#bytes += file.bytes.length;
    }
    if (file.url) stored.url = file.url;
    this.#files.set(id, stored);
    for (const [oldest, { bytes }] of this.#files) {
      if (this.#bytes <= roomInBytes || oldest === id) break;
      this.#bytes -= bytes?.length ?? 0;
      this.#files.delete(oldest);
    }
    return stored;
  }

  get(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  clear(): void {
    this.#files.clear();
    this.#bytes = 0;
  }
}

const extensions: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'video/mp4': '.mp4',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
};

/** The usual ending of a type's file names, with its dot. */
export function extensionOf(mimeType: string): string {
  return extensions[mimeType.split(';')[0]!.trim()] ?? '';
}

/** The type that a file name promises. */
export function mimeTypeOf(filename: string): string | undefined {
  const ending = /\.\w+$/.exec(filename.toLowerCase())?.[0]?.replace('.jpeg', '.jpg');
  return Object.keys(extensions).find((type) => extensions[type] === ending);
}

/** Width and height of a PNG, read from its header; undefined for other files. */
export function sizeOf(bytes: Buffer | undefined): { width: number; height: number } | undefined {
  if (!bytes || bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
