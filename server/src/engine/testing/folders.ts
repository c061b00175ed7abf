import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import pg from 'pg';
import { readPidFile } from '../cluster.ts';
import { type Embedded, startEmbedded } from '../embedded.ts';
import { isAlive, isPostgresOn } from '../processes.ts';

/** Who the tests run as: some traps are root's only. */
export const isRoot = process.getuid?.() === 0;

interface Said {
  in?: boolean;
  postmasterPid?: number;
  adopted?: boolean;
  host?: string;
  n?: number;
  log?: string;
  error?: string;
  message?: string;
}

/** A process of its own that uses a data folder; `said` grows. */
export interface Guest {
  process: ChildProcess;
  said: Said[];
  /** The first line that fits; waits for it. */
  hears(fits: (line: Said) => boolean): Promise<Said>;
  tell(word: 'write' | 'busy' | 'stop'): void;
  kill(): Promise<void>;
}

/** Folders, processes and databases of one test file, all gone after `sweep`. */
export class Ground {
  #folders: string[] = [];
  #engines: Embedded[] = [];
  #processes: ChildProcess[] = [];
  #bundle: Promise<string> | undefined;
  #stopped: Promise<string> | undefined;

  /** A temporary folder that an unprivileged user can pass. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-engine-test-'));
    await chmod(folder, 0o755);
    this.#folders.push(folder);
    return folder;
  }

  /** A data folder whose database was made and stopped; copied from one, because initdb takes a second. */
  async usedFolder(): Promise<string> {
    this.#stopped ??= this.folder().then(async (folder) => {
      await (await startEmbedded({ dataDir: folder, log: () => {} })).stop();
      return folder;
    });
    const folder = await this.folder();
    execFileSync('cp', ['-a', `${await this.#stopped}/.`, folder]);
    return folder;
  }

  async start(dataDir: string, more: { packageFolder?: string; log?: (line: string) => void } = {}): Promise<Embedded> {
    const engine = await startEmbedded({ log: () => {}, ...more, dataDir });
    this.#engines.push(engine);
    return engine;
  }

  spawn(command: string, args: string[], options: { uid?: number; gid?: number } = {}): ChildProcess {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
    this.#processes.push(child);
    return child;
  }

  async guest(dataDir: string, more: { packageFolder?: string; uid?: number; gid?: number } = {}): Promise<Guest> {
    this.#bundle ??= bundleGuest();
    const { packageFolder, ...ids } = more;
    const child = this.spawn(
      process.execPath,
      [await this.#bundle, dataDir, ...(packageFolder ? [packageFolder] : [])],
      ids,
    );
    const said: Said[] = [];
    if (child.stdout) createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line) as Said));
    const closed = once(child, 'close');
    return {
      process: child,
      said,
      async hears(fits) {
        for (;;) {
          const line = said.find(fits);
          if (line) return line;
          if (child.exitCode !== null || child.signalCode !== null) {
            await closed;
            const last = said.find(fits);
            if (last) return last;
            throw new Error(`The guest ended, having said ${JSON.stringify(said.slice(-3))}`);
          }
          await sleep(5);
        }
      },
      tell: (word) => child.stdin?.write(`${word}\n`),
      async kill() {
        child.kill('SIGKILL');
        await closed;
      },
    };
  }

  async sweep(): Promise<void> {
    for (const child of this.#processes) if (child.exitCode === null) child.kill('SIGKILL');
    for (const engine of this.#engines) await engine.stop();
    for (const folder of this.#folders) {
      await stopLeftBehind(join(folder, 'postgres'));
      await rm(folder, { recursive: true, force: true });
    }
    if (this.#bundle) await rm(await this.#bundle);
  }
}

async function stopLeftBehind(cluster: string): Promise<void> {
  const pid = (await readPidFile(cluster).catch(() => undefined))?.pid;
  if (pid === undefined || !(await isPostgresOn(pid, cluster))) return;
  process.kill(pid, 'SIGQUIT');
  await gone(pid);
}

/** Waits until no process has this pid. */
export async function gone(pid: number): Promise<void> {
  while (await isAlive(pid)) await sleep(10);
}

/** One query on a connection of its own. */
export async function query(connection: pg.PoolConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Node 20 runs no TypeScript, so the guest is bundled, inside node_modules to find its packages. */
async function bundleGuest(): Promise<string> {
  const outfile = join(import.meta.dirname, `../../../../node_modules/.cache/tributary/guest-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('./guest.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  });
  return outfile;
}
