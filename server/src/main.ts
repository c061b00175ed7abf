import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type pg from 'pg';
import pino from 'pino';
import { type App, startApp } from './app.ts';
import { type Config, ConfigError, readConfig, shortPath } from './config.ts';
import { startEmbedded } from './engine/embedded.ts';
import { EngineError } from './engine/error.ts';
import { checkServerVersion } from './engine/external.ts';
import { type LabProcess, startLab } from './lab/child.ts';
import { prepareDemo } from './lab/demo.ts';
import { DEMO_WORKSPACE, MAIN_WORKSPACE, openSetup, openWorkspace } from './store/bootstrap.ts';
import { openDb } from './store/db.ts';
import { insertKey } from './store/keys.ts';
import { migrate } from './store/migrate.ts';

/** What an installation derives from its key, so that it is the same after a restart and needs no storing. */
const derive = (config: Config, name: string): string =>
  createHmac('sha256', config.key).update(`lab ${name}`).digest('base64url');

/** Starts everything in order: settings, database, Lab, platform; stops it in the reverse order. */
async function main(): Promise<void> {
  const config = readSettings();
  const log = pino(
    {
      level: config.logLevel,
      redact: ['*.botToken', '*.accessToken', '*.appSecret', '*.authorization', '*["x-api-key"]'],
    },
    pino.destination(2),
  );
  const stops: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    for (const step of stops.reverse())
      await step().catch((error) => log.error({ err: error }, 'Something would not stop.'));
    process.exit(code);
  };
  process.on('SIGTERM', () => void stop(0));
  process.on('SIGINT', () => void stop(0));

  try {
    const connection = await openDatabase(config, log, stops);
    const lab = await openLab(config, connection, stops);
    const app = await startApp({
      config: lab
        ? {
            ...config,
            endpoints: { ...lab.process.baseUrls, ...config.endpoints },
          }
        : config,
      connection,
      log,
      publicDir: new URL('./public/', import.meta.url),
      lab: lab && { origin: lab.process.origin, workspaceId: lab.workspaceId, ticket: lab.ticket },
    });
    stops.push(() => app.stop());
    if (lab)
      await prepareDemo({
        url: app.url,
        lab: lab.process.origin,
        key: lab.key,
        secretFor: (name) => derive(config, name),
      });
    announce(
      config,
      app,
      lab,
      config.roles.web ? await offerSetup(connection, lab ? DEMO_WORKSPACE : MAIN_WORKSPACE) : undefined,
    );
    giveBackMemory();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof EngineError) process.stderr.write(`${error.message}\n`);
    else log.fatal({ err: error }, 'Tributary could not start.');
    await stop(1);
  }
}

/** Starting leaves a lot of garbage behind, which V8 would keep for as long as nothing happens: a third of what an idle process holds. */
function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}

/** The settings, or the end: one sentence for the person who set them. */
function readSettings(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

async function openDatabase(config: Config, log: pino.Logger, stops: (() => Promise<void>)[]): Promise<pg.PoolConfig> {
  if (config.databaseUrl) {
    const connection = { connectionString: config.databaseUrl };
    await checkServerVersion(connection);
    return connection;
  }
  const embedded = await startEmbedded({ dataDir: config.dataDir, log: (line) => log.info(line) });
  stops.push(() => embedded.stop());
  return embedded.connection;
}

interface Lab {
  process: LabProcess;
  workspaceId: Awaited<ReturnType<typeof openWorkspace>>['id'];
  ticket: string;
  key: string;
}

async function openLab(
  config: Config,
  connection: pg.PoolConfig,
  stops: (() => Promise<void>)[],
): Promise<Lab | undefined> {
  if (config.lab === 'off' || !config.roles.web) return undefined;
  const process = await startLab(fileURLToPath(new URL('./simulator.js', import.meta.url)), config.lab.port);
  stops.push(() => process.stop());
  const db = openDb({ ...connection, max: 2 });
  try {
    await migrate(db);
    const key = `trb_demo${derive(config, 'key')}`;
    const workspace = await db.tx(async (tx) => {
      const demo = await openWorkspace(tx, DEMO_WORKSPACE);
      await insertKey(tx, { workspaceId: demo.id, name: 'The Lab', secret: key, permissions: ['admin'] });
      return demo;
    });
    return { process, workspaceId: workspace.id, ticket: randomBytes(18).toString('base64url'), key };
  } finally {
    await db.end();
  }
}

/** The secret of the first run's link, as long as nobody has taken it up. */
async function offerSetup(connection: pg.PoolConfig, workspace: string): Promise<string | undefined> {
  const db = openDb({ ...connection, max: 1 });
  try {
    return await openSetup(db, workspace);
  } finally {
    await db.end();
  }
}

/** The last words of the start: where to go. On standard output, alone. */
function announce(config: Config, app: App, lab: Lab | undefined, setup: string | undefined): void {
  const port = new URL(app.url).port;
  const host = config.publicUrl ?? `http://localhost:${port}`;
  const door = setup ? `/setup?token=${setup}` : '/login';
  const lines = lab
    ? [
        '',
        '  Tributary is running.',
        '',
        `  Open the Lab   ${host}/lab?ticket=${lab.ticket}`,
        `  Dashboard      ${host}${door}`,
        `  API            ${host}/api/v1   (described at ${host}/docs)`,
        `  Data           ${shortPath(config.dataDir)}`,
        '',
        '  Stop with Ctrl+C.',
        '',
      ]
    : [`Tributary is running: ${app.url}`, ...(setup ? [`Make the first account, once: ${host}${door}`] : [])];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await main();
