import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './error.ts';
import { identify, lives } from './processes.ts';

const FREE = 'free';

/**
 * Does `work` while no other process on this machine does any under the same folder's lock. A holder killed with -9 loses it at once.
 *
 * Node has no flock, and removing a dead holder's file is a race of its own (two waiters see it dead, one removes the other's
 * new one). So nothing is taken over: locks are numbered, the highest number counts, and it is only ever followed by the next,
 * made with link(2), which one of several rivals wins. Released, it says `free` and stays, so the numbers never start again.
 */
export async function withLock<T>(
  folder: string,
  waiting: (holder: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const number = await take(folder, waiting);
  try {
    return await work();
  } finally {
    const free = await draft(folder, FREE);
    await rename(free, path(folder, number));
  }
}

async function take(folder: string, waiting: (holder: string) => void): Promise<number> {
  let told = false;
  for (let waits = 0; ; ) {
    const top = Math.max(0, ...(await numbers(folder)));
    const holder = top === 0 ? FREE : await readFile(path(folder, top), 'utf8').catch(() => undefined);
    if (holder === undefined) continue;
    if (holder !== FREE && (await lives(holder))) {
      if (++waits > 100 && !told) {
        told = true;
        waiting(holder);
      }
      await sleep(20);
      continue;
    }
    const mine = await draft(folder, (await identify(process.pid)) ?? String(process.pid));
    try {
      await link(mine, path(folder, top + 1));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      throw error;
    } finally {
      await rm(mine, { force: true });
    }
    // Whoever was held up between looking and linking may have linked a number that the others are long past.
    const present = await numbers(folder);
    if (Math.max(...present) > top + 1) {
      await rm(path(folder, top + 1), { force: true });
      continue;
    }
    for (const number of present) if (number <= top) await rm(path(folder, number), { force: true });
    return top + 1;
  }
}

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => /^lock\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

/** A file with its words already in it, to be linked or renamed into place: nobody ever reads half a lock. */
async function draft(folder: string, words: string): Promise<string> {
  const file = join(folder, `lock-draft-${randomBytes(6).toString('hex')}`);
  await writeFile(file, words);
  return file;
}

function path(folder: string, number: number): string {
  return join(folder, `lock.${number}`);
}
