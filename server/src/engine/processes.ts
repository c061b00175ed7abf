import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from './error.ts';

const linux = process.platform === 'linux';

/**
 * A process by pid and start time, as in `4711-181377`. The pid alone would not do: after a kill -9 or a restarted
 * container it soon belongs to somebody else. Undefined when no such process lives; a zombie does not.
 */
export async function identify(pid: number): Promise<string | undefined> {
  if (!(pid > 0)) return undefined;
  if (linux) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
    // The name in parentheses may hold anything; state and start time are the 1st and 20th fields after it.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${pid}-${fields[19]}`;
  }
  const answer = await ps(pid, 'stat=,lstart=');
  return answer === undefined || answer.startsWith('Z')
    ? undefined
    : `${pid}-${answer.replace(/^\S+\s+/, '').replace(/[^A-Za-z0-9]+/g, '_')}`;
}

/** Whether the process that `identify` named is still the one with that pid. */
export async function lives(identity: string): Promise<boolean> {
  return (await identify(Number.parseInt(identity, 10))) === identity;
}

/** Whether any process has this pid; a zombie does not count, for nobody may ever come to reap it in a container. */
export async function isAlive(pid: number): Promise<boolean> {
  if (linux) return (await identify(pid)) !== undefined;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Whether the process with this pid is a postgres that runs on this data directory, and not a stranger who got its number. */
export async function isPostgresOn(pid: number, cluster: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  if (!linux) {
    const command = await ps(pid, 'command=');
    return command?.includes('postgres') === true && command.includes(cluster);
  }
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (basename(argv[0] ?? '') !== 'postgres') return false;
  const folder = argv[argv.indexOf('-D') + 1];
  const ours = await stat(cluster);
  const theirs = folder === undefined ? undefined : await stat(folder).catch(() => undefined);
  if (theirs) return theirs.dev === ours.dev && theirs.ino === ours.ino;
  // The folder was moved while it ran: a postmaster stays inside its data directory.
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === (await realpath(cluster));
}

async function ps(pid: number, columns: string): Promise<string | undefined> {
  const answer = await promisify(execFile)('ps', ['-p', String(pid), '-o', columns], {
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  }).catch(() => undefined);
  return answer?.stdout.trim() || undefined;
}
