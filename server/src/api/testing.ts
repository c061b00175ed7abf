import { randomUUID } from 'node:crypto';
import { ADAPTERS, type ChannelAdapter } from '@tributary/channels';
import { type ConversationId, type MessageId, toId, type WorkspaceId } from '@tributary/protocol';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { freshDatabase } from '../../../test/harness/database.ts';
import { Whereis } from '../contacts/resolve.ts';
import { acceptBatch } from '../inbound/accept.ts';
import { adapterOf, SEAL, TELEGRAM, telegramIntake, telegramText } from '../inbound/testing.ts';
import type { Files } from '../media/files.ts';
import { linkFacts } from '../media/link_facts.ts';
import { registerMedia } from '../media/serve.ts';
import { testFiles } from '../media/testing.ts';
import { openHttp } from '../outbound/http.ts';
import { makeIo } from '../outbound/io.ts';
import { makeAcceptSend } from '../outbound/send.ts';
import { startWorker } from '../outbound/worker.ts';
import { createHub } from '../realtime/hub.ts';
import { startCounters } from '../router/counters.ts';
import { startRouter } from '../router/router.ts';
import { type Db, openDb } from '../store/db.ts';
import { insertKey, newKeySecret, type Permission } from '../store/keys.ts';
import { type Channel, openRegistry } from '../store/registry.ts';
import { insertWorkspace } from '../store/workspaces.ts';
import { answerFailure } from './failure.ts';
import { buildApi } from './index.ts';

/** What tests of the API begin with: the API on a database of its own, and people who write. No provider is there to answer. */

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect; a schema test holds answers to their schemas.
  body: any;
  text: string;
  headers: Record<string, string | string[] | number | undefined>;
}
export interface TestApi {
  app: FastifyInstance;
  db: Db;
  files: Files;
  /** A workspace and an admin key for it. */
  tenant(name: string, permissions?: Permission[]): Promise<Tenant>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  channel(id: string): Promise<Channel>;
  stop(): Promise<void>;
}
export interface Tenant {
  workspaceId: WorkspaceId;
  key: string;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body?: unknown): Promise<Answer>;
  put(path: string, body?: unknown): Promise<Answer>;
  delete(path: string, body?: unknown): Promise<Answer>;
  /** The path with an id that is well formed and nobody’s, etc.: the same call as any. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export const LAB_SECRET = 'a secret for cookies';
/** A port nobody listens on: providers are out of reach. */
const NOWHERE = 'http://127.0.0.1:9';

export async function startApi(
  options: { labFor?: WorkspaceId; roads?: boolean; provider?: string } = {},
): Promise<TestApi> {
  const fresh = await freshDatabase();
  const db = openDb({ ...fresh.connection, max: 6 });
  const registry = await openRegistry(db, SEAL, 60_000);
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' });
  const http = openHttp({ allowPrivateOrigins: ['*'] });
  const hub = createHub(db, log);
  const lab = { workspaceId: options.labFor ?? toId('workspace', randomUUID()), secret: LAB_SECRET };
  const endpoints = Object.fromEntries(Object.keys(ADAPTERS).map((type) => [type, options.provider ?? NOWHERE]));
  const io = (channel: Channel, adapter: ChannelAdapter) =>
    makeIo(channel, adapter, { http, endpoints, files, publish: async () => {} });
  const files = testFiles(db);
  const roads: { wake(): void; stop(): Promise<void> }[] = [];
  const committed = (): void => {
    hub.wake();
    for (const road of roads) road.wake();
  };
  if (options.roads) {
    const now = () => new Date();
    const callbackUrl = () => 'https://hooks.example.com';
    roads.push(startRouter({ db, registry, adapterOf, log, committed }));
    roads.push(startCounters({ db, registry, adapterOf, log }));
    roads.push(
      startWorker({
        db,
        registry,
        adapterOf,
        ioFor: io,
        callbackUrl,
        links: files.links,
        tellLinks: linkFacts(http),
        log,
        now,
        random: Math.random,
        committed,
      }),
    );
  }
  const app = Fastify();
  await app.register(
    buildApi({
      db,
      seal: SEAL,
      adapters: ADAPTERS,
      registry,
      send: makeAcceptSend({ registry, adapterOf, files, now: () => new Date() }),
      files,
      committed,
      io,
      publicUrl: () => 'https://hooks.example.com',
      hub,
      lab,
    }),
    { prefix: '/api/v1' },
  );
  await app.register(async (scope) => {
    scope.setErrorHandler(answerFailure);
    registerMedia(scope, { db, files });
  });
  await app.ready();

  const call: TestApi['call'] = async (method, path, body, headers = {}) => {
    const answer = await app.inject({
      method: method as 'GET',
      url: path.startsWith('/api/') || path === '/openapi.json' ? path : `/api/v1${path}`,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      payload: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = answer.payload;
    return {
      status: answer.statusCode,
      body: text.startsWith('{') ? JSON.parse(text) : text,
      text,
      headers: answer.headers,
    };
  };
  return {
    app,
    db,
    files,
    call,
    async tenant(name, permissions = ['admin']) {
      const workspace = await insertWorkspace(db, name);
      const key = newKeySecret();
      await insertKey(db, { workspaceId: workspace.id, name: 'Test', secret: key, permissions });
      const as = (method: string) => (path: string, body?: unknown, headers?: Record<string, string>) =>
        call(method, path, body, { 'x-api-key': key, ...headers });
      return {
        workspaceId: workspace.id,
        key,
        get: as('GET'),
        post: as('POST'),
        patch: as('PATCH'),
        put: as('PUT'),
        delete: as('DELETE'),
        call: (method, path, body, headers) => as(method)(path, body, headers),
      };
    },
    async channel(id) {
      await registry.refresh(id as Channel['id']);
      return registry.known(id as Channel['id'])!;
    },
    async stop() {
      await app.close();
      for (const road of roads) await road.stop();
      await hub.stop();
      registry.stop();
      await http.close();
      await db.end();
      await files.drop();
      await fresh.drop();
    },
  };
}

/** A Telegram channel of a tenant: `error`, because nobody answers at the other end, and able to receive all the same. */
export async function telegramChannel(api: TestApi, tenant: Tenant, bot = 7_000_000_001): Promise<Channel> {
  const config = { ...TELEGRAM, botToken: TELEGRAM.botToken.replace(/^\d+/, String(bot)) };
  const made = await tenant.post('/channels', { type: 'telegram', name: `Bot ${bot}`, config });
  if (made.status !== 201) throw new Error(made.text);
  await settled(tenant, made.body.id);
  return api.channel(made.body.id);
}

/** Waits until a channel is no longer `connecting`. */
export async function settled(tenant: Tenant, id: string): Promise<Answer> {
  for (let tries = 0; tries < 200; tries++) {
    const channel = await tenant.get(`/channels/${id}`);
    if (channel.body.status !== 'connecting') return channel;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The channel stayed connecting.');
}

let update = 1;

/** People write to a channel: one text each. Answers the messages in the order they were accepted. */
export async function peopleWrite(
  api: TestApi,
  channel: Channel,
  texts: readonly { from: number; text: string }[],
): Promise<{ id: MessageId; conversationId: ConversationId }[]> {
  const batch = texts.map(({ from, text }) => telegramIntake(channel, telegramText(update++, from, update, text)));
  await api.db.tx(async (tx) => {
    (await acceptBatch(tx, batch, new Whereis(), SEAL))();
  });
  const found = await api.db.query<{ id: string; conversation_id: string }>(
    `select id, conversation_id from messages where channel_id = $1 and direction = 'inbound' order by id desc limit $2`,
    [channel.id.slice(3), texts.length],
  );
  return found.rows
    .reverse()
    .map((row) => ({ id: toId('message', row.id), conversationId: toId('conversation', row.conversation_id) }));
}
