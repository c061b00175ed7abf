import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Account } from './account.ts';
import { codeOf, EngineError } from './error.ts';

/** Starts one of PostgreSQL's programs as the account, in an environment where no PG* variable of the user's changes what it does. */
export async function startProgram(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  options: Pick<SpawnOptions, 'stdio' | 'detached'>,
): Promise<ChildProcess> {
  const child = spawn(program, args, {
    ...options,
    // Ours may be a folder that the account cannot enter.
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  try {
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw new EngineError(startFault(codeOf(error), program, account), { cause: error });
  }
}

function startFault(code: string, program: string, account: Account | undefined): string {
  // The file is there (it was looked at before), so what is missing is the loader it asks for.
  if (code === 'ENOENT')
    return `The embedded PostgreSQL needs a system with glibc, and this one has another C library (Alpine?): set DATABASE_URL to a PostgreSQL server, 14 or newer.`;
  if (code === 'EACCES')
    return `${program} may not be run here (a file system mounted noexec?): put the data folder elsewhere, or set DATABASE_URL to a PostgreSQL server, 14 or newer.`;
  if (account && (code === 'EPERM' || code === 'EINVAL'))
    return `PostgreSQL does not run as root, and this system does not let root start it as ${account.name} (${code}): start Tributary as an ordinary user, or set DATABASE_URL.`;
  return `${program} could not be started (${code}): set DATABASE_URL to a PostgreSQL server, 14 or newer.`;
}

/** Runs a program to its end; answers its exit code and all it said. */
export async function runProgram(
  program: string,
  args: readonly string[],
  account: Account | undefined,
): Promise<{ code: number | null; output: string }> {
  const child = await startProgram(program, args, account, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: Buffer.concat(said).toString('utf8') };
}
