import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
      try {
        const file = await open(pathOf(name));
        return file.createReadStream(range);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
  };
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
