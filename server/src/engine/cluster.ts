import { chmod, chown, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';
import { codeOf, EngineError } from './error.ts';
import { runProgram } from './program.ts';

/** The role and the database of the embedded PostgreSQL. Its socket lies in a closed folder, so there is no password. */
export const NAME = 'tributary';

const HALF = 'postgres-setup-';

/** Makes sure that `cluster` is a data directory our programs can open: makes it when there is none, refuses another major version's. */
export async function prepareCluster(cluster: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    // An initdb that outlived its killed starter may still write here; it harms nobody, and the next start sweeps again.
    if (name.startsWith(HALF)) await rm(join(dirname(cluster), name), { recursive: true, force: true }).catch(() => {});
  }
  const major = await readMajor(cluster);
  if (major === undefined) return createCluster(cluster, binaries, account);
  if (major !== String(binaries.major))
    throw new EngineError(
      `The database in ${cluster} was made by PostgreSQL ${major}, and this Tributary brings PostgreSQL ${binaries.major}, which cannot open it: start the Tributary that made it and export, then import into a new data folder.`,
    );
  // A folder that root copied back from a backup; PostgreSQL insists on owner and mode.
  if (account && (await stat(cluster)).uid === 0) {
    await giveTo(account, cluster);
    await chmod(cluster, 0o700);
  }
}

async function readMajor(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'EACCES')
      throw new EngineError(
        `The database in ${cluster} belongs to another user: start Tributary as that user or as root.`,
        { cause: error },
      );
    if (codeOf(error) !== 'ENOENT') throw error;
    const inside = await readdir(cluster).catch(() => []);
    if (inside.length > 0)
      throw new EngineError(
        `${cluster} is not a PostgreSQL data folder (it has no PG_VERSION): move it away, or choose another data folder.`,
      );
    return undefined;
  }
}

/** Runs initdb in a folder of another name and renames it: a kill in the first second leaves nothing half made. Called under the lock. */
async function createCluster(cluster: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const parent = dirname(cluster);
  const half = await mkdtemp(join(parent, HALF));
  if (account) await chown(half, account.uid, account.gid);
  const { code, output } = await runProgram(
    join(binaries.folder, 'bin', 'initdb'),
    [
      ...['--pgdata', half, '--username', NAME, '--encoding', 'UTF8', '--no-instructions'],
      // The builtin provider sorts the same on every machine and for ever; the bundled ICU is old, and libc's order changes with the system.
      ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
      ...['--auth-local', 'trust', '--auth-host', 'reject'],
    ],
    account,
  );
  if (code !== 0) {
    await rm(half, { recursive: true, force: true });
    throw new EngineError(`A new database could not be made in ${parent}: ${lastWords(output)}`);
  }
  await rename(half, cluster);
  const folder = await open(parent);
  await folder.sync();
  await folder.close();
}

function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? 'initdb said nothing').trim();
}

/** What postmaster.pid says of whoever runs, or ran, on the cluster. */
export interface PidFile {
  pid: number;
  /** Where its socket is; missing in the first moments of a start. */
  socketFolder?: string;
}

/** Reads postmaster.pid. Its fifth line is also how another process finds a socket that had to move to a short folder. */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  // A single-user postgres writes its pid negative.
  return { pid: Math.abs(Number.parseInt(lines[0] ?? '', 10)) || 0, socketFolder: lines[4] || undefined };
}

/** Removes postmaster.pid, after making sure that nobody of that pid runs here. PostgreSQL's own look at shared memory still guards the data. */
export async function removePidFile(cluster: string): Promise<void> {
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}
