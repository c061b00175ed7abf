import { chown, lstat, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The user PostgreSQL runs as when we are root, which it refuses to be. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Whom to run PostgreSQL as: undefined for ourselves; as root the owner of the existing cluster, else `nobody`.
 * So a folder made by an ordinary user still opens for root, and still belongs to that user afterwards.
 */
export async function chooseAccount(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  const users = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
    // macOS writes nobody's ids as -2.
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }));
  if (owner && owner.uid !== 0) {
    const name = users.find((user) => user.uid === owner.uid)?.name;
    return { name: name || `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  return users.find((user) => user.name === 'nobody') ?? { name: 'nobody', uid: 65_534, gid: 65_534 };
}

/** The first folder on the way to `path`, itself included, that the account may not walk through. */
export async function closedFolder(path: string, account: Account | undefined): Promise<string | undefined> {
  if (!account) return undefined;
  const way: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    way.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of way) {
    const { mode, uid, gid } = await stat(folder);
    const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
    if ((bits & 1) === 0) return folder;
  }
  return undefined;
}

/** Gives a folder and everything in it to the account. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await giveTo(account, join(path, name));
  }
  await chown(path, account.uid, account.gid);
}
