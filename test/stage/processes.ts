import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The real programs of the build, run as processes of their own: what the bench, chaos and the journeys measure and kill. */

const BUILD = new URL('../../build/', import.meta.url);
/** Bundled, this file lies in build/ itself. */
const program = (name: string): string =>
  new URL(
    import.meta.url.includes('/build/') ? `./${name}` : name,
    import.meta.url.includes('/build/') ? import.meta.url : BUILD,
  ).pathname;

export interface Lab {
  url: string;
  /** Where each provider is to be found, by channel type. */
  baseUrls: Record<string, string>;
  ask<T>(path: string, method?: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** Starts the Lab and waits until it answers. */
export async function startLab(): Promise<Lab> {
  const child = spawn(process.execPath, [program('simulator.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LAB_PORT: '0' },
  });
  const url = await firstLine(child, /"lab":"([^"]+)"/);
  const { providers } = await askJson<{ providers: { provider: string; baseUrl: string }[] }>(`${url}/lab`, 'GET');
  return {
    url,
    baseUrls: Object.fromEntries(providers.map(({ provider, baseUrl }) => [provider, baseUrl])),
    ask: (path, method = 'GET', body) => askJson(`${url}${path}`, method, body),
    stop: () => end(child, 'SIGTERM'),
  };
}

export interface Platform {
  url: string;
  pid: number;
  /** The admin key of its main workspace. */
  key: string;
  dataDir: string;
  api<T>(path: string, method?: string, body?: unknown): Promise<T>;
  /** -9, no farewell. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  lab?: Lab;
  port?: number;
  env?: Record<string, string>;
  dataDir?: string;
}

/** Starts the platform on a fresh data folder (or the one given) and waits until it serves. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tributary-stage-')));
  await chmod(dataDir, 0o755);
  const key = `trb_${randomBytes(20).toString('hex')}`;
  const env: Record<string, string | undefined> = {
    ...process.env,
    TRIBUTARY_DATA: dataDir,
    TRIBUTARY_LAB: 'off',
    TRIBUTARY_API_KEY: key,
    TRIBUTARY_LOG: 'warn',
    ...(options.lab && {
      TRIBUTARY_ENDPOINTS: JSON.stringify(options.lab.baseUrls),
    }),
    ...options.env,
  };
  delete env.DATABASE_URL;
  if (options.env?.DATABASE_URL) env.DATABASE_URL = options.env.DATABASE_URL;
  let child: ChildProcess;
  let port = options.port ?? 0;
  const launch = async (): Promise<string> => {
    // As `npm start` does: a smaller nursery, for less memory.
    child = spawn(process.execPath, ['--max-semi-space-size=8', program('server.js')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...env, PORT: String(port), PUBLIC_URL: port ? `http://127.0.0.1:${port}` : undefined },
    });
    const url = await firstLine(child, /Tributary is running: (\S+)/);
    port = Number(new URL(url).port);
    return url;
  };
  const url = await launch();
  return {
    url,
    get pid() {
      return child.pid!;
    },
    key,
    dataDir,
    api: (path, method = 'GET', body) => askJson(`${url}/api/v1${path}`, method, body, key),
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await launch();
    },
    async stop() {
      await end(child, 'SIGTERM');
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function firstLine(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`It ended while starting (exit code ${code}).`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const found = pattern.exec(line);
      if (found) resolve(found[1]!);
    });
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

/** A call that must succeed; says what was answered when it does not. */
export async function askJson<T>(url: string, method: string, body?: unknown, key?: string): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...(key && { 'x-api-key': key }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Resident memory in MB: of one process, and of the PostgreSQL processes of a data folder (shared pages counted once). */
export async function memoryOf(platform: Platform): Promise<{ node: number; postgres: number }> {
  const kb = (text: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  const node = kb(await readFile(`/proc/${platform.pid}/status`, 'utf8'), 'VmRSS') / 1024;
  let postgres = 0;
  const main = Number(
    (await readFile(join(platform.dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => '0')).split('\n')[0],
  );
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (Number(name) === main || (main > 0 && parent === main))
      postgres += kb(await readFile(`/proc/${name}/smaps_rollup`, 'utf8').catch(() => ''), 'Pss') / 1024;
  }
  return { node: Math.round(node), postgres: Math.round(postgres) };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
