import { chown, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, closedFolder } from './account.ts';
import { codeOf, EngineError } from './error.ts';

/** The path of a Unix socket has about 107 bytes on Linux and 103 on macOS. */
const PATH_MAX = 100;

/** The socket's number, which PostgreSQL calls a port. No TCP port is opened. */
export const PORT = 5432;

const PREFIX = 'tributary-';

/**
 * The folder of the socket: the cluster itself, which only its user can enter, or a short temporary folder where its path
 * is too long. `previous` is used again if it can be, so that pools of a database that died find the new one.
 */
export async function openSocketFolder(
  cluster: string,
  previous: string | undefined,
  account: Account | undefined,
): Promise<string> {
  if (Buffer.byteLength(join(cluster, `.s.PGSQL.${PORT}`)) <= PATH_MAX) return cluster;
  if (previous?.includes(`/${PREFIX}`) && (await isOurs(previous, account))) return previous;
  let parent = tmpdir();
  if (Buffer.byteLength(parent) > 60 || (await closedFolder(parent, account))) parent = '/tmp';
  const folder = await mkdtemp(join(parent, PREFIX));
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}

/** Removes the temporary folder, once the database is stopped. */
export async function closeSocketFolder(folder: string, cluster: string): Promise<void> {
  if (folder !== cluster) await rm(folder, { recursive: true, force: true });
}

/** Temporary folders are everybody's: only one that nobody else can enter is used, or one that we make this moment. */
async function isOurs(folder: string, account: Account | undefined): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    if (account) await chown(folder, account.uid, account.gid);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (codeOf(error) !== 'EEXIST')
      throw new EngineError(`The socket's folder ${folder} cannot be made (${codeOf(error)}).`, { cause: error });
  }
  const { uid, mode } = await lstat(folder);
  return uid === (account?.uid ?? process.getuid?.()) && (mode & 0o170_077) === 0o040_000;
}
