import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { FileStore } from './file_store.ts';

/** Keeps files in a folder, each under its name. What has been put survives a loss of power. */
export function folderStore(folder: string): FileStore {
  const pathOf = (name: string): string => {
    if (!/^[\w-]+(\/[\w-]+)*$/.test(name)) throw new Error(`“${name}” is no name of a file of ours.`);
    return join(folder, name);
  };
  return {
    async put(name, path) {
      const target = pathOf(name);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await rename(path, target);
      await syncFolder(dirname(target));
    },
    async open(name, range) {
      const path = pathOf(name);
      const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return undefined;
      });
      // Opened with the first byte that is asked for: whoever never asks leaves nothing open.
      return found ? Readable.from(bytesOf(path, range), { objectMode: false }) : undefined;
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
  };
}

async function* bytesOf(path: string, range: { start: number; end: number } | undefined): AsyncGenerator<Buffer> {
  yield* createReadStream(path, range);
}

/** A rename is durable once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
