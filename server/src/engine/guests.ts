import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, lives } from './processes.ts';

/**
 * Who uses the database of a data folder: one empty file for each, named after its process. The last one out stops the
 * database, so whoever was killed with -9 must not count: names are believed only while that very process lives.
 * Both functions are called under the folder's lock.
 */
export async function signIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = `${(await identify(process.pid)) ?? process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(join(folder, name), '');
  return name;
}

/** Takes `name` off the list; answers whether anybody is left. */
export async function signOut(folder: string, name: string): Promise<boolean> {
  await rm(join(folder, name), { force: true });
  let left = false;
  for (const guest of await readdir(folder)) {
    if (await lives(guest.slice(0, guest.lastIndexOf('.')))) left = true;
    else await rm(join(folder, guest), { force: true });
  }
  return left;
}
