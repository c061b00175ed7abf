import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { ADAPTERS, type ChannelAdapter, type InboundEvent, type Io } from '@tributary/channels';
import type { WorkspaceId } from '@tributary/protocol';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type pg from 'pg';
import type { Logger } from 'pino';
import { connectsEnded, resumeConnecting } from './api/connect.ts';
import { answerFailure } from './api/failure.ts';
import { buildApi } from './api/index.ts';
import { startTurnWorker } from './bots/turns.ts';
import type { Config } from './config.ts';
import { startIntroductions } from './contacts/introduce.ts';
import { ApiError } from './errors.ts';
import { acknowledge } from './inbound/acknowledge.ts';
import { registerDoor } from './inbound/door.ts';
import { countDrops } from './inbound/drops.ts';
import { openIntake } from './inbound/intake.ts';
import { openPage } from './inbound/journal.ts';
import { startReading } from './inbound/later.ts';
import { startListening } from './inbound/listen.ts';
import { replyTo } from './inbound/reply.ts';
import { bucketStore } from './media/bucket.ts';
import { startFetcher } from './media/fetch.ts';
import { openFiles } from './media/files.ts';
import { folderStore } from './media/folder.ts';
import { linkFacts } from './media/link_facts.ts';
import { registerMedia } from './media/serve.ts';
import { startFailover } from './outbound/failover.ts';
import { openHttp } from './outbound/http.ts';
import { makeIo } from './outbound/io.ts';
import { startRenewals } from './outbound/renew.ts';
import { makeAcceptSend } from './outbound/send.ts';
import { startSweeper } from './outbound/sweeper.ts';
import { startWorker, type WorkerOptions } from './outbound/worker.ts';
import { registerPages } from './pages.ts';
import { createHub } from './realtime/hub.ts';
import { publishFrame } from './realtime/publish.ts';
import { registerSocketRoutes } from './realtime/routes.ts';
import { startCounters } from './router/counters.ts';
import { followFailures } from './router/failures.ts';
import { startRouter } from './router/router.ts';
import { openBootstrap } from './store/bootstrap.ts';
import { openDb } from './store/db.ts';
import { migrate } from './store/migrate.ts';
import { makePartitions } from './store/partitions.ts';
import { type Channel, openRegistry } from './store/registry.ts';
import { makeSeal } from './store/seal.ts';
import { refreshStatistics } from './store/statistics.ts';

/** The running platform. */
export interface App {
  /** Where it listens, without a trailing slash. */
  url: string;
  server: FastifyInstance;
  /** Lets outgoing requests reach an origin although its address is private. */
  allow(origin: string): void;
  /** Ends in order: the door, the roads, the database connections. */
  stop(): Promise<void>;
}

export interface AppOptions {
  config: Config;
  connection: pg.PoolConfig;
  log: Logger;
  /** The built pages; none are served without it. */
  publicDir?: URL;
  /** The Lab, where it runs: its origin, and the workspace its page may open. */
  lab?: { origin: string; workspaceId: WorkspaceId; ticket: string };
  worker?: Partial<WorkerOptions>;
}

const PARTITION_EVERY_MS = 6 * 3_600_000;
const STATISTICS_EVERY_MS = 5_000;

/** Assembles the rooms on an open database and starts listening. Migrates first. */
export async function startApp({
  config,
  connection,
  log,
  publicDir,
  lab,
  worker: workerOptions,
}: AppOptions): Promise<App> {
  const db = openDb(connection);
  const roadsDb = openDb(connection, 'roads');
  await migrate(db);
  await makePartitions(db, new Date());
  const seal = makeSeal(config.key);
  if (config.bootstrapKey) await openBootstrap(db, config.bootstrapKey);
  const adapterOf = (type: string): ChannelAdapter | undefined =>
    (ADAPTERS as Partial<Record<string, ChannelAdapter>>)[type];
  const registry = await openRegistry(db, seal, 1_000, (type, config) => adapterOf(type)?.self?.(config));
  const http = openHttp({
    allowPrivateOrigins: [
      ...config.allowPrivateOrigins,
      ...Object.values(config.endpoints).map((url) => new URL(url).origin),
      ...(lab ? [lab.origin] : []),
    ],
  });
  let publicUrl = config.publicUrl ?? '';

  const files = openFiles({
    db,
    store: 'bucket' in config.media ? bucketStore(config.media.bucket) : folderStore(config.media.folder),
    // Beside the files: taking one in is a rename then.
    spoolFolder: join('folder' in config.media ? config.media.folder : config.dataDir, 'incoming'),
    key: config.key,
    publicUrl: () => publicUrl,
  });

  const hub = createHub(db, log);
  const ioFor = (channel: Channel, adapter: ChannelAdapter): Io =>
    makeIo(channel, adapter, {
      http,
      endpoints: config.endpoints,
      files,
      async publish(to, frame) {
        await publishFrame(roadsDb, { workspaceId: channel.workspaceId, channelId: channel.id, visitor: to, frame });
        hub.wake();
      },
    });
  const callbackUrl = (channel: Channel): string => `${publicUrl}/webhooks/${channel.type}/${channel.id}`;

  // Whoever commits wakes those who follow; each looks by itself as well, only later.
  const roads: Partial<
    Record<
      | 'router'
      | 'counters'
      | 'worker'
      | 'turns'
      | 'sweeper'
      | 'reading'
      | 'listening'
      | 'failover'
      | 'failures'
      | 'fetcher'
      | 'people'
      | 'renewals',
      { wake(): void; stop(): Promise<void> }
    >
  > = {};
  const wake = (...names: (keyof typeof roads)[]): void => {
    hub.wake();
    for (const name of names) roads[name]?.wake();
  };
  const send = makeAcceptSend({ registry, adapterOf, files, now: () => new Date() });
  if (config.roles.worker) {
    roads.router = startRouter({
      db: roadsDb,
      registry,
      adapterOf,
      log,
      committed: ({ sends, turns }) =>
        wake(...(sends ? (['worker'] as const) : []), ...(turns ? (['turns'] as const) : [])),
    });
    roads.counters = startCounters({ db: roadsDb, registry, adapterOf, log });
    roads.worker = startWorker({
      db: roadsDb,
      registry,
      adapterOf,
      ioFor,
      callbackUrl,
      links: files.links,
      tellLinks: linkFacts(http),
      log,
      now: () => new Date(),
      random: Math.random,
      committed: () => wake(),
      options: workerOptions,
    });
    const committed = (): void => wake('counters', 'worker');
    roads.turns = startTurnWorker({ db: roadsDb, registry, seal, http, files, log, random: Math.random, committed });
    roads.sweeper = startSweeper(roadsDb, log, () => wake('worker'));
    roads.fetcher = startFetcher({
      db: roadsDb,
      registry,
      adapterOf,
      ioFor,
      files,
      openPage: (page) => openPage(page, seal),
      log,
      committed: () => wake(),
      random: Math.random,
    });
    roads.failover = startFailover({
      db: roadsDb,
      registry,
      adapterOf,
      ioFor,
      send,
      log,
      committed: () => wake('counters', 'worker'),
    });
    roads.failures = followFailures({ db: roadsDb, log, hastened: () => wake('failover') });
  }

  const server = Fastify({
    loggerInstance: log.child({ part: 'http' }, { level: 'warn' }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: true,
    bodyLimit: 1_048_576,
    forceCloseConnections: true,
  });
  server.setNotFoundHandler((request, reply) => answerFailure(new ApiError('RESOURCE_NOT_FOUND'), request, reply));
  const drops = countDrops(db);
  const intake = openIntake({
    db: roadsDb,
    seal,
    committed: () => wake('router', 'counters', 'reading', 'fetcher'),
    fault: (one, error) =>
      log.error(
        { err: error, channel: one.channel.id },
        'A provider request could not be accepted; it is kept and marked.',
      ),
  });
  const people = startIntroductions({ db: roadsDb, ioFor, log, committed: () => wake(), now: () => new Date() });
  roads.people = people;
  const accepted = (channel: Channel, adapter: ChannelAdapter, events: readonly InboundEvent[]): void => {
    acknowledge(channel, adapter, events, ioFor(channel, adapter), log);
    people.meet(channel, adapter, events);
  };
  if (config.roles.worker) {
    const inboundTools = { db: roadsDb, registry, intake, drops, log };
    roads.reading = startReading({ ...inboundTools, seal, adapterOf, accepted });
    roads.listening = startListening({ ...inboundTools, adapters: Object.values(ADAPTERS), ioFor });
    roads.renewals = startRenewals({ db: roadsDb, seal, registry, adapters: Object.values(ADAPTERS), ioFor, log });
  }
  let resume: (() => Promise<void>) | undefined;
  if (config.roles.web) {
    registerDoor(server, {
      registry,
      adapterOf,
      intake,
      drops,
      publicUrl: () => publicUrl,
      log,
      replyTo: (request, channel, adapter) => replyTo(request, channel, adapter, { db: roadsDb, hub, log }),
      accepted,
    });
    await registerSocketRoutes(server, { db, hub, files, adapters: ADAPTERS, channels: registry, log });
    const api = {
      db,
      seal,
      adapters: ADAPTERS,
      registry,
      send,
      files,
      committed: () => wake('counters', 'worker', 'fetcher'),
      io: ioFor,
      publicUrl: () => publicUrl,
      hub,
    };
    const sessionSecret = createHmac('sha256', config.key).update('session').digest('hex');
    await server.register(buildApi({ ...api, lab: lab && { workspaceId: lab.workspaceId, secret: sessionSecret } }), {
      prefix: '/api/v1',
    });
    await server.register(async (scope) => {
      scope.setErrorHandler(answerFailure);
      registerMedia(scope, { db, files });
    });
    resume = () => resumeConnecting(api, server.log);
    await registerPages(server, { publicDir, lab: lab && { ...lab, sessionSecret } });
  }
  server.get('/health/live', { schema: { hide: true } }, async () => ({ status: 'ok' }));
  server.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
    try {
      await db.query('select 1');
      return { status: 'ok' };
    } catch {
      return reply.code(503).send({ status: 'unavailable', message: 'The database cannot be reached just now.' });
    }
  });
  const statistics = setInterval(() => {
    refreshStatistics(db).catch((error) => log.debug({ err: error }, 'The statistics could not be refreshed yet.'));
  }, STATISTICS_EVERY_MS);
  statistics.unref();
  const partitions = setInterval(() => {
    makePartitions(db, new Date()).catch((error) =>
      log.warn({ err: error }, 'Tomorrow’s partitions could not be made yet.'),
    );
  }, PARTITION_EVERY_MS);
  partitions.unref();

  const url = await server.listen({ port: config.port, host: config.host });
  const port = new URL(url).port;
  publicUrl ||= `http://localhost:${port}`;
  void resume?.();
  return {
    url: `http://${config.host === '0.0.0.0' ? 'localhost' : config.host}:${port}`,
    server,
    allow: (origin) => http.allow(origin),
    async stop() {
      clearInterval(statistics);
      clearInterval(partitions);
      await server.close();
      await connectsEnded();
      // Those who bring requests end before the line that takes them.
      await roads.listening?.stop();
      await roads.reading?.stop();
      await intake.idle();
      await drops.stop();
      for (const road of Object.values(roads)) await road.stop();
      await hub.stop();
      registry.stop();
      await http.close();
      await roadsDb.end();
      await db.end();
    },
  };
}
