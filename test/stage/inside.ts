import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@tributary/simulator';
import pino from 'pino';
import { type App, startApp } from '../../server/src/app.ts';
import { type Config, readConfig } from '../../server/src/config.ts';
import type { WorkerOptions } from '../../server/src/outbound/worker.ts';
import { type Db, openDb } from '../../server/src/store/db.ts';
import { type FreshDatabase, freshDatabase } from '../harness/database.ts';
import { askJson } from './processes.ts';

/** The platform and the Lab in this process, on a database of their own, talking real HTTP. */
export interface Stage {
  app: App;
  lab: Simulator;
  db: Db;
  key: string;
  config: Config;
  api<T>(path: string, method?: string, body?: unknown): Promise<T>;
  ask<T>(path: string, method?: string, body?: unknown): Promise<T>;
  /** Lets outgoing requests reach a private origin. */
  allow(origin: string): void;
  /** Ends the platform and starts it again at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function openStage(
  options: { worker?: Partial<WorkerOptions>; env?: Record<string, string>; publicDir?: URL } = {},
): Promise<Stage> {
  const fresh: FreshDatabase = await freshDatabase();
  const media = await mkdtemp(join(tmpdir(), 'tributary-media-'));
  const lab = await startSimulator({ port: 0, host: '127.0.0.1' });
  const key = 'trb_0123456789abcdef0123456789abcdef01234567';
  const config = readConfig({
    DATABASE_URL: fresh.url,
    TRIBUTARY_KEY: '07'.repeat(32),
    TRIBUTARY_API_KEY: key,
    PORT: '0',
    HOST: '127.0.0.1',
    TRIBUTARY_ENDPOINTS: JSON.stringify(lab.baseUrls),
    TRIBUTARY_LOG: 'error',
    TRIBUTARY_MEDIA: media,
    ...options.env,
  });
  const start = (port: number): Promise<App> =>
    startApp({
      config: { ...config, port },
      connection: fresh.connection,
      log: pino({ level: config.logLevel }),
      worker: options.worker,
      publicDir: options.publicDir,
    });
  let app = await start(0);
  const db = openDb({ ...fresh.connection, max: 2 });
  return {
    get app() {
      return app;
    },
    lab,
    db,
    key,
    config,
    api: (path, method = 'GET', body) => askJson(`${app.url}/api/v1${path}`, method, body, key),
    ask: (path, method = 'GET', body) => askJson(`${lab.url}${path}`, method, body),
    allow: (origin) => app.allow(origin),
    async restart() {
      const port = Number(new URL(app.url).port);
      await app.stop();
      app = await start(port);
    },
    async stop() {
      await app.stop();
      await lab.stop();
      await db.end();
      await fresh.drop();
      await rm(media, { recursive: true, force: true });
    },
  };
}
