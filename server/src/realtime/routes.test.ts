import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { ADAPTERS } from '@tributary/channels';
import { newId, newUuid, RANK, toId, uuidOf } from '@tributary/protocol';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { testFiles } from '../media/testing.ts';
import { type Db, openDb } from '../store/db.ts';
import { createHub, type Hub } from './hub.ts';
import type { SocketChannel } from './pages.ts';
import { publishFrame } from './publish.ts';
import { registerSocketRoutes } from './routes.ts';

/** The one adapter with sockets: the tests speak of it by its ability, as the server does. */
const [type, adapter] = Object.entries(ADAPTERS).find(([, candidate]) => candidate.socket)!;
const config = {
  ...adapter.defaults!({ widgetId: 'shop' }, () => 'x'.repeat(32)),
  allowedOrigins: ['https://shop.example.com'],
};
const channel: SocketChannel = { workspaceId: newId('workspace'), id: newId('channel'), type, config };
const other: SocketChannel = { ...channel, id: newId('channel'), config: { ...config, secret: 'y'.repeat(32) } };
const ws = uuidOf(channel.workspaceId);
const ch = uuidOf(channel.id);
const MAX_BUFFERED = 200_000;

let database: FreshDatabase;
let db: Db;
let hub: Hub;
let app: FastifyInstance;
let files: ReturnType<typeof testFiles>;
let base: string;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDb({ ...database.connection, max: 6 });
  hub = createHub(db, { warn: () => {} });
  app = Fastify();
  const channels = { get: async (id: string) => [channel, other].find((known) => known.id === id) };
  files = testFiles(db);
  const log = { warn: () => {} };
  const deps = { db, hub, files, log, channels, adapters: ADAPTERS, maxBufferedBytes: MAX_BUFFERED };
  // The door as it is: a plugin of its own, with its own words for failures.
  app.register(async (door) => {
    door.setErrorHandler((_error, _request, reply) => reply.code(500).send());
    for (const prefix of ['', '/api/v1']) door.post(`${prefix}/webhooks/:type/:channelId`, async () => ({}));
  });
  await registerSocketRoutes(app, deps);
  await app.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await hub.stop();
  await db.end();
  await files.drop();
  await database.drop();
});

interface Session {
  visitorId: string;
  token: string;
  messages: { id: string; from: string; status: string; content: { text: string } }[];
  cursor: string;
}
async function openSession(body: object = {}): Promise<Session> {
  const answer = await fetch(`${base}/${type}/${channel.id}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Session;
}

/** What the accepting side writes when a visitor first says something. */
async function meet(visitor: string): Promise<{ identity: string; conversation: string }> {
  const [contact, identity, conversation] = [newUuid(), newUuid(), newUuid()];
  await db.tx(async (tx) => {
    await tx.query('insert into contacts (workspace_id, id) values ($1, $2)', [ws, contact]);
    await tx.query(
      `insert into identities (workspace_id, id, contact_id, channel_id, kind, value) values ($1, $2, $3, $4, 'visitor', $5)`,
      [ws, identity, contact, ch, visitor],
    );
    await tx.query(
      `insert into addresses (workspace_id, channel_id, kind, value, identity_id) values ($1, $2, 'visitor', $3, $4)`,
      [ws, ch, visitor, identity],
    );
    await tx.query(
      `insert into conversations (workspace_id, id, channel_id, thread_key, kind, identity_id) values ($1, $2, $3, $4::text, 'direct', $4::text::uuid)`,
      [ws, conversation, ch, identity],
    );
  });
  return { identity, conversation };
}
async function publish(visitor: string, id: string, text = id): Promise<void> {
  const frame = {
    type: 'message',
    id,
    at: new Date().toISOString(),
    from: 'business',
    content: { type: 'text', text },
  };
  await publishFrame(db, { ...channel, channelId: channel.id, visitor: { kind: 'visitor', value: visitor }, frame });
  hub.wake();
}

interface Frame {
  type: string;
  cursor: string;
  id?: string;
}
/** An open socket and everything it was told. */
async function openSocket(token: string, cursor = '', options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(socketUrl(token, cursor), options);
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  await once(socket, 'open');
  const ids = () => frames.filter((frame) => frame.type === 'message').map((frame) => frame.id);
  return { socket, frames, ids, ready: () => until(() => frames.some((frame) => frame.type === 'ready')) };
}
const socketUrl = (token: string, cursor = '') =>
  `${base.replace('http', 'ws')}/${type}/${channel.id}/socket?token=${token}&cursor=${cursor}`;
async function refusal(url: string, options: WebSocket.ClientOptions = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  return (response as { statusCode?: number }).statusCode;
}
async function until(met: () => boolean, ms = 8_000): Promise<void> {
  for (let waited = 0; !met(); waited += 5) {
    if (waited > ms) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a newcomer gets a visitor of their own; the token brings the same visitor back', async () => {
  const first = await openSession();
  expect(first).toMatchObject({ messages: [], config: { position: 'right' } });
  expect(first.cursor).toMatch(/^\d+\.\d+$/);
  expect((await openSession({ token: first.token })).visitorId).toBe(first.visitorId);
  expect((await openSession()).visitorId).not.toBe(first.visitorId);
  expect((await openSession({ token: `${first.token.slice(0, -5)}AAAAA` })).visitorId).not.toBe(first.visitorId);
});

test('an open page is told its visitor’s frames, and nobody else’s', async () => {
  const [ana, bo] = [await openSession(), await openSession()];
  await meet(ana.visitorId);
  await meet(bo.visitorId);
  const page = await openSocket(ana.token, ana.cursor);
  await page.ready();
  await publish(bo.visitorId, 'for-bo');
  await publish(ana.visitorId, 'for-ana');
  await until(() => page.ids().length > 0);
  expect(page.ids()).toEqual(['for-ana']);
  page.socket.close();
});

test('a page that comes back with its cursor misses nothing and is told nothing twice', async () => {
  const { token, cursor, visitorId } = await openSession();
  await meet(visitorId);
  const first = await openSocket(token, cursor);
  await first.ready();
  for (const id of ['1', '2', '3']) await publish(visitorId, id);
  await until(() => first.ids().length === 3);
  const seen = first.frames.find((frame) => frame.id === '2')!.cursor;
  first.socket.terminate();
  for (const id of ['4', '5']) await publish(visitorId, id);
  const [second] = await Promise.all([openSocket(token, seen), publish(visitorId, '6')]);
  await publish(visitorId, '7');
  await until(() => second.ids().length === 5);
  expect(second.ids()).toEqual(['3', '4', '5', '6', '7']);
  // Without a cursor a page starts at now.
  const third = await openSocket(token);
  await third.ready();
  expect(third.ids()).toEqual([]);
  second.socket.close();
  third.socket.close();
});

test('the first frame of a visitor who had no identity when the page opened arrives', async () => {
  const { token, cursor, visitorId } = await openSession();
  const page = await openSocket(token, cursor);
  await page.ready();
  await meet(visitorId);
  await publish(visitorId, 'welcome');
  await until(() => page.ids().length === 1);
  page.socket.close();
});

test('a page that does not read is closed with “try again later”, and resumes', async () => {
  const { token, cursor, visitorId } = await openSession();
  await meet(visitorId);
  const deaf = await openDeafSocket(token, cursor);
  // 18 MB: the kernel takes some megabytes before our own buffer grows.
  const count = 300;
  const frame = { type: 'message', id: 'big', content: { type: 'text', text: 'x'.repeat(60_000) } };
  await db.query(
    `insert into events (workspace_id, type, subject_id, channel_id, data)
     select $1, 'socket.frame', (select identity_id from addresses where value = $3), $2,
       jsonb_build_object('visitor', $3::text, 'frame', $4::jsonb || jsonb_build_object('id', 'big-' || n))
     from generate_series(1, $5::int) n order by n`,
    [ws, ch, visitorId, JSON.stringify(frame), count],
  );
  hub.wake();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const { frames, closeCode } = await deaf.readOn();
  expect(closeCode).toBe(1013);
  expect(frames.length).toBeLessThan(count);
  const again = await openSocket(token, frames.at(-1)?.cursor ?? cursor);
  await until(() => again.ids().length + frames.length >= count);
  expect([...frames.map((one) => one.id), ...again.ids()]).toEqual(
    Array.from({ length: count }, (_, i) => `big-${i + 1}`),
  );
  again.socket.close();
});

/** A WebSocket client that stops reading as soon as it is open, until told to read on. */
async function openDeafSocket(token: string, cursor: string) {
  const url = new URL(socketUrl(token, cursor));
  const socket = connect(Number(url.port), url.hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await until(() => Buffer.concat(chunks).includes('"ready"'));
  socket.pause();
  return {
    async readOn() {
      socket.resume();
      let told = readServerFrames(Buffer.concat(chunks));
      while (told.closeCode === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        told = readServerFrames(Buffer.concat(chunks));
      }
      socket.destroy();
      return told;
    },
  };
}

/** The whole messages among what a server sent after its handshake, and how it ended. */
function readServerFrames(bytes: Buffer): { frames: Frame[]; closeCode?: number } {
  const frames: Frame[] = [];
  let at = bytes.indexOf('\r\n\r\n') + 4;
  while (at + 10 <= bytes.length) {
    const opcode = bytes[at]! & 0x0f;
    const short = bytes[at + 1]!;
    const [length, head] =
      short === 127
        ? [Number(bytes.readBigUInt64BE(at + 2)), 10]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), 4]
          : [short, 2];
    const body = bytes.subarray(at + head, at + head + length);
    if (body.length < length) break;
    if (opcode === 8) return { frames, closeCode: body.readUInt16BE(0) };
    const frame = JSON.parse(String(body)) as Frame;
    if (frame.type === 'message') frames.push(frame);
    at += head + length;
  }
  return { frames };
}

test('a page hears a pong, and a frame over 64 kB ends its socket', async () => {
  const { token, cursor } = await openSession();
  const page = await openSocket(token, cursor);
  page.socket.send('not json');
  page.socket.send('{"type":"ping"}');
  await until(() => page.frames.some((frame) => frame.type === 'pong'));
  page.socket.on('error', () => {});
  page.socket.send('x'.repeat(65 * 1024));
  const [code] = await once(page.socket, 'close');
  expect(code).toBe(1009);
});

test('sockets are refused without a good token, to other origins, of other channels, with a strange cursor', async () => {
  const { token } = await openSession();
  const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${token.split('.')[1]}.`;
  expect(await refusal(socketUrl(''))).toBe(401);
  expect(await refusal(socketUrl(none))).toBe(401);
  expect(await refusal(socketUrl(`${token}x`))).toBe(401);
  expect(await refusal(socketUrl(token).replace(channel.id, other.id))).toBe(401);
  expect(await refusal(socketUrl(token).replace(channel.id, newId('channel')))).toBe(404);
  expect(await refusal(socketUrl(token, 'yesterday'))).toBe(400);
  expect(await refusal(socketUrl(token), { origin: 'https://evil.example' })).toBe(403);
  const page = await openSocket(token, '', { origin: 'https://shop.example.com' });
  page.socket.close();
});

test('history shows both sides in order, with ticks, parts published but not settled, and no failures', async () => {
  const { token, visitorId } = await openSession();
  const { identity, conversation } = await meet(visitorId);
  const say = async (direction: string, text: string, more: { ext?: string; key?: string; state?: number } = {}) => {
    const id = newUuid();
    await db.query(
      `insert into messages (workspace_id, id, conversation_id, channel_id, identity_id, direction, author, content_type, content, external_id, said_at)
       values ($1, $2, $3, $4, $5, $6, 'api', 'text', $7, $8, now())`,
      [ws, id, conversation, ch, identity, direction, JSON.stringify({ type: 'text', text }), more.ext ?? null],
    );
    if (direction === 'inbound') return;
    const delivery = newUuid();
    const [request] = adapter.render(
      { content: { type: 'text', text } },
      {
        to: { kind: 'visitor', value: visitorId },
        thread: { key: visitorId, kind: 'direct' },
        partKey: more.key ?? `${toId('delivery', delivery)}.0`,
        callbackUrl: '',
        now: new Date(),
        locale: 'en',
      },
      config,
    );
    await db.query(
      `insert into deliveries (workspace_id, id, message_id, conversation_id, channel_id, identity_id, lane_id) values ($1, $2, $3, $4, $5, $6, $6)`,
      [ws, delivery, id, conversation, ch, identity],
    );
    await db.query(
      `insert into delivery_parts (workspace_id, delivery_id, no, channel_id, part_key, state, request) values ($1, $2, 0, $3, $4, $5, $6)`,
      [
        ws,
        delivery,
        ch,
        more.key ?? `${toId('delivery', delivery)}.0`,
        more.state ?? RANK.sent,
        JSON.stringify(request),
      ],
    );
  };
  await say('inbound', 'Hello', { ext: `${visitorId}:m1` });
  await say('outbound', 'Hi there', { key: 'dlv_a.0', state: RANK.read });
  await say('outbound', 'Never arrived', { key: 'dlv_b.0', state: RANK.failed });
  await say('inbound', 'Anybody?', { ext: `${visitorId}:m2` });
  await publish(visitorId, 'dlv_a.0', 'Hi there');
  await publish(visitorId, 'dlv_c.0', 'Just now');
  const { messages } = await openSession({ token });
  expect(messages.map(({ id, from, status, content }) => [id, from, status, content.text])).toEqual([
    ['m1', 'visitor', 'read', 'Hello'],
    ['dlv_a.0', 'business', 'read', 'Hi there'],
    ['m2', 'visitor', 'sent', 'Anybody?'],
    ['dlv_c.0', 'business', 'sent', 'Just now'],
  ]);
});

test('pages of allowed websites may open sessions and post to the door; others are refused', async () => {
  const from = (origin: string | undefined, path: string, method = 'POST') =>
    fetch(`${base}${path}`, {
      method,
      headers: { ...(origin && { origin }), ...(method === 'POST' && { 'content-type': 'application/json' }) },
      body: method === 'POST' ? '{}' : undefined,
    });
  const sessions = `/${type}/${channel.id}/sessions`;
  const door = `/webhooks/${type}/${channel.id}`;
  const shop = 'https://shop.example.com';
  for (const path of [sessions, door, `/api/v1${door}`]) {
    const preflight = await from(shop, path, 'OPTIONS');
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(shop);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await from('https://evil.example', path, 'OPTIONS')).status).toBe(403);
  }
  for (const path of [sessions, door]) {
    const answer = await from(shop, path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(shop);
    const refused = await from('https://evil.example', path);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect(await refused.json()).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED' });
    expect((await from(undefined, path)).status, 'apps and servers have no origin').toBe(200);
    expect((await from(base, path)).status, 'our own pages').toBe(200);
  }
  expect((await from(shop, `/${type}/ch_nonsense/sessions`)).status).toBe(404);
  const misshapen = await fetch(`${base}${sessions}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"token": 7, "profile": []}',
  });
  expect(misshapen.status).toBe(400);
  expect(await misshapen.json()).toMatchObject({ code: 'VALIDATION_ERROR' });
  expect((await from(shop, `/webhooks/telegram/${channel.id}`)).headers.get('access-control-allow-origin')).toBeNull();
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex');
const upload = (
  token: string | undefined,
  body: Uint8Array,
  more: { query?: string; type?: string; origin?: string } = {},
) =>
  fetch(`${base}/${type}/${channel.id}/uploads${more.query ?? ''}`, {
    method: 'POST',
    headers: {
      'content-type': more.type ?? 'image/png',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(more.origin ? { origin: more.origin } : {}),
    },
    body: body as BodyInit,
  });

test('a visitor uploads a file and is told how to name it', async () => {
  const { token } = await openSession();
  const answer = await upload(token, PNG, { query: '?filename=..%2Fshoe.png', type: 'application/json' });
  expect(answer.status).toBe(201);
  const uploaded = (await answer.json()) as { upload: string; url: string };
  expect(uploaded).toMatchObject({ type: 'image', mimeType: 'image/png', size: PNG.length, filename: 'shoe.png' });
  expect(files.links.fileOf(channel.id, uploaded.upload, new Date())).toMatch(/^[0-9a-f]{32}$/);
  expect(files.links.fileOf(other.id, uploaded.upload, new Date()), 'on another channel').toBeUndefined();
  expect(files.links.fileOf(channel.id, uploaded.upload, new Date(Date.now() + 25 * 3_600_000))).toBeUndefined();
});

test('an upload is refused from nobody, from other websites, and beyond the limits', async () => {
  const { token } = await openSession();
  const status = async (...asked: Parameters<typeof upload>) => (await upload(...asked)).status;
  expect(await status(undefined, PNG)).toBe(401);
  expect(await status('nonsense', PNG)).toBe(401);
  expect(await status(token, PNG, { origin: 'https://evil.example' })).toBe(403);
  expect(await status(token, PNG, { origin: 'https://shop.example.com' })).toBe(201);
  expect(await status(token, new Uint8Array())).toBe(400);
  const before = channel.config;
  channel.config = { ...before, uploads: { maxMegabytes: 0.001, types: ['image/*'] } };
  expect(await status(token, Buffer.concat([PNG, Buffer.alloc(2_000)]))).toBe(413);
  expect(await status(token, Buffer.from('%PDF-1.7'), { type: 'image/png' })).toBe(415);
  expect(await status(token, PNG)).toBe(201);
  channel.config = { ...before, uploads: { allowed: false } };
  expect(await status(token, PNG)).toBe(403);
  channel.config = before;
});

test('one visitor uploads thirty files a minute and no more', async () => {
  const { token } = await openSession();
  const answers = await Promise.all(Array.from({ length: 35 }, async () => (await upload(token, PNG)).status));
  expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(4);
  expect((await upload((await openSession()).token, PNG)).status).toBe(201);
});
