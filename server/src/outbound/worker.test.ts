import type { HttpAnswer, HttpRequest } from '@tributary/channels';
import { newUuid, SendError, toId, UnknownOutcome, uuidOf } from '@tributary/protocol';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { waitFor } from '../../../test/stage/channels.ts';
import { adapterOf, makeChannel, makeWorkspace, SEAL, TELEGRAM } from '../inbound/testing.ts';
import { type Db, openDb, type Tx } from '../store/db.ts';
import { type Channel, openRegistry, type Registry } from '../store/registry.ts';
import { insertSends, type SendRow } from '../store/sends.ts';
import { makeIo } from './io.ts';
import type { Lookout } from './lookout.ts';
import { applyEvidence } from './receipts.ts';
import { sendRow } from './send.ts';
import { startWorker, type WorkerOptions } from './worker.ts';

/** The worker on a real database, with a line to the provider and one to the database that can be cut. */

let fresh: FreshDatabase;
let db: Db;
let registry: Registry;
let channel: Channel;
let worker: Lookout | undefined;
/** What the provider heard, in order. */
let heard: { chat: string; text: string }[];
/** What the provider answers; a message id by default. */
let provider: (text: string) => Promise<void> | void;
/** What stands between the worker and the database. */
let line: (<T>(work: (tx: Tx) => Promise<T>) => Promise<T>) | undefined;
let failures = 0;
let nextId = 1;

const away = (): Error => Object.assign(new Error('terminating connection'), { code: '57P01' });
const gated = <T>(ask: () => Promise<T>): Promise<T> => (failures-- > 0 ? Promise.reject(away()) : ask());
const wired = (): Db => ({
  ...db,
  tx: (work) => gated(() => (line ?? db.tx)(work)),
  query: (text, values) => gated(() => db.query(text, values)),
});

async function answer(request: HttpRequest): Promise<HttpAnswer> {
  const body = JSON.parse(String(request.body)) as { chat_id: string; text: string };
  heard.push({ chat: String(body.chat_id), text: body.text });
  await provider(body.text);
  const said = { ok: true, result: { message_id: nextId++, chat: { id: Number(body.chat_id) } } };
  return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(said)), json: () => said };
}

const nowhere = {
  download: () => Promise.reject(new Error('No files here.')),
  resolve: () => Promise.reject(new Error('HTTP only.')),
};

function work(options: Partial<WorkerOptions> = {}): void {
  worker = startWorker({
    db: wired(),
    registry,
    adapterOf,
    ioFor: (channel, adapter) =>
      makeIo(channel, adapter, {
        http: { ...nowhere, request: answer },
        endpoints: {},
        files: { open: () => Promise.reject(new Error('No files here.')) },
        publish: async () => {},
      }),
    callbackUrl: () => '',
    links: { sign: () => '' },
    tellLinks: async (content) => content,
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    random: Math.random,
    committed() {},
    options: { unknownMs: 50, pollMs: 20, settleTries: 5, ...options },
  });
}

/** Queues a text for a person of a channel. */
async function say(chat: string, text: string, more: Partial<SendRow> = {}, on = channel): Promise<SendRow> {
  const ws = uuidOf(on.workspaceId);
  const ch = uuidOf(on.id);
  const found = await db.query<{ id: string; identity_id: string }>(
    'select c.id, c.identity_id from conversations c join identities i on i.id = c.identity_id where c.channel_id = $1 and i.value = $2',
    [ch, chat],
  );
  let conversation = found.rows[0]?.id;
  let identity = found.rows[0]?.identity_id;
  if (!conversation || !identity) {
    conversation = newUuid();
    identity = newUuid();
    const contact = newUuid();
    await db.query('insert into contacts (workspace_id, id) values ($1, $2)', [ws, contact]);
    await db.query(
      "insert into identities (workspace_id, id, contact_id, channel_id, kind, value) values ($1, $2, $3, $4, 'chat', $5)",
      [ws, identity, contact, ch, chat],
    );
    await db.query(
      "insert into conversations (workspace_id, id, channel_id, thread_key, kind, identity_id, contact_id) values ($1, $2, $3, $4, 'direct', $5, $6)",
      [ws, conversation, ch, identity.replaceAll('-', ''), identity, contact],
    );
  }
  const hex = (id: string): string => id.replaceAll('-', '');
  const row: SendRow = {
    ...sendRow(
      { ws, channel: on, conversation: hex(conversation), identity: hex(identity), recipient: chat },
      { content: { type: 'text', text }, author: 'api' },
      0,
    ),
    ...more,
  };
  await db.tx((tx) => insertSends(tx, [row]));
  worker?.wake();
  return row;
}
const deliveryOf = async (row: SendRow): Promise<{ state: number; done: boolean; error: { message: string } | null }> =>
  (await db.query('select state::int, done, error from deliveries where id = $1', [row.delivery])).rows[0] as never;
const settled = (row: SendRow, ms?: number): Promise<void> =>
  waitFor(async () => (await deliveryOf(row)).done, 'It was not settled.', ms);

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection, 'roads');
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});
beforeEach(async () => {
  channel = await makeTelegram();
  registry = await openRegistry(db, SEAL);
  heard = [];
  provider = () => {};
  line = undefined;
  failures = 0;
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  registry.stop();
  // What a test leaves waiting is not for the next one.
  await db.query('update lanes set pending = 0');
});

/** A channel without limits of its own. */
async function makeTelegram(): Promise<Channel> {
  const made = await makeChannel(db, await makeWorkspace(db), 'telegram', TELEGRAM);
  const rate = { perSecond: 10_000, burst: 10_000, perRecipientPerSecond: 10_000, recipientBurst: 10_000 };
  await db.query('update channels set metadata = $2 where id = $1', [uuidOf(made.id), { rate }]);
  return made;
}

it('says no part twice when the database is away between two parts', async () => {
  const text = `${'first '.repeat(800)}\n\n${'second '.repeat(400)}`;
  let cut = false;
  provider = () => {
    if (cut) return;
    cut = true;
    failures = 2;
  };
  work();
  const row = await say('1', text);
  await settled(row);
  expect(heard.length).toBeGreaterThan(1);
  expect(new Set(heard.map((one) => one.text)).size).toBe(heard.length);
  expect(await deliveryOf(row)).toMatchObject({ state: 3 });
});

it('gives back its places when a claim is lost on the way to the database', async () => {
  let lost = 0;
  line = (work) =>
    db.tx(async (tx) => {
      const result = await work(tx);
      if ((result as { jobs?: unknown[] })?.jobs?.length && lost++ === 0) throw away();
      return result;
    });
  work({ concurrency: 1, perChannel: 1 });
  const row = await say('1', 'hello');
  await settled(row);
  expect(lost).toBeGreaterThan(0);
  expect(heard.map((one) => one.text)).toEqual(['hello']);
});

it('does not begin again what it is saying when its lease has run out meanwhile', async () => {
  let release = (): void => {};
  provider = (text) =>
    text === 'slow'
      ? new Promise<void>((resolve) => {
          release = resolve;
        })
      : undefined;
  work({ perChannel: 2 });
  const row = await say('1', 'slow');
  await waitFor(async () => heard.length === 1, 'It was not sent.');
  await db.query("update lanes set lease_until = '-infinity' where lease_token is not null");
  worker!.wake();
  await new Promise((resolve) => setTimeout(resolve, 300));
  release();
  await settled(row);
  expect(heard.map((one) => one.text)).toEqual(['slow']);
  expect(await deliveryOf(row)).toMatchObject({ state: 3 });
  const events = await db.query('select type from events where subject_id = $1 order by seq', [row.message]);
  expect(events.rows.map((event) => event.type)).toEqual(['message.queued', 'message.sent']);
});

it('stops repeating itself to a provider that never answers', async () => {
  provider = () => Promise.reject(new UnknownOutcome('No answer came.'));
  work({ maxResends: 2 });
  const row = await say('1', 'hello?');
  await settled(row);
  expect(heard).toHaveLength(3);
  expect(await deliveryOf(row)).toMatchObject({ state: 2, done: true });
  const next = await say('1', 'the next one');
  provider = () => {};
  await settled(next);
  expect(await deliveryOf(next)).toMatchObject({ state: 3 });
});

it('settles what it holds when evidence comes after all', async () => {
  provider = () => Promise.reject(new UnknownOutcome('No answer came.'));
  work();
  const row = await say('1', 'once at most', { onUnknown: 'hold' });
  await settled(row);
  expect(heard).toHaveLength(1);
  const { ws, ch } = row;
  const partKey = `${toId('delivery', row.delivery)}.0`;
  const receipt = { id: newUuid(), ws, ch, state: 'delivered' as const, at: new Date(), jid: null, jno: null };
  await db.tx((tx) => applyEvidence(tx, [{ ...receipt, partKey, externalId: '1:77' }]));
  expect(await deliveryOf(row)).toMatchObject({ state: 5, done: true });
});

it('lets an answer to something that is no message of ours stop nobody', async () => {
  work();
  const odd = await say('1', 'odd', { reply: 'msg_of-somebody-else' });
  const next = await say('2', 'next');
  await settled(odd);
  await settled(next);
  expect(heard.map((one) => one.text).sort()).toEqual(['next', 'odd']);
});

it('tells at once that a channel was deleted, rather than keeping its messages for ever', async () => {
  const row = await say('1', 'too late');
  await db.query("update channels set deleted_at = now(), status = 'inactive', updated_at = now() where id = $1", [
    uuidOf(channel.id),
  ]);
  await registry.refresh(channel.id);
  work();
  await settled(row);
  expect(await deliveryOf(row)).toMatchObject({ state: 4, error: { message: expect.stringContaining('deleted') } });
});

it('keeps a known refusal known when the database is away just then', async () => {
  provider = () => {
    failures = 2;
    return Promise.reject(new SendError('bad_credentials'));
  };
  work();
  const row = await say('1', 'hello');
  const statusOf = async () => (await db.query('select status from channels where id = $1', [row.ch])).rows[0]?.status;
  await waitFor(async () => (await statusOf()) === 'error', 'The channel was not marked.');
  await waitFor(async () => (await deliveryOf(row)).state === 0, 'It was not queued again.');
  expect(heard).toHaveLength(1);
  const { rows } = await db.query('select attempts, done from deliveries where id = $1', [row.delivery]);
  expect(rows).toEqual([{ attempts: 0, done: false }]);
});

it('takes a rate that is none for no rate, rather than sending nothing for ever', async () => {
  await db.query(`update channels set metadata = '{"rate": {"perSecond": 0, "burst": "many"}}', updated_at = now()`);
  await registry.refresh();
  work();
  const row = await say('1', 'hello');
  await settled(row);
  expect(heard).toHaveLength(1);
});

it('keeps places for other channels while the providers of some never answer', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  provider = (text) => (text.startsWith('hang') ? gate : undefined);
  for (let i = 0; i < 4; i++) {
    const hanging = await makeTelegram();
    for (let person = 0; person < 10; person++) await say(String(person), `hang ${i}`, {}, hanging);
  }
  await registry.refresh();
  work({ concurrency: 16, perChannel: 6 });
  await waitFor(async () => heard.length >= 12, 'The hanging ones did not begin.');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const row = await say('1', 'alive');
  try {
    await settled(row, 3_000);
  } finally {
    release();
  }
  await waitFor(async () => heard.length === 41, 'The hanging ones did not go on.');
});
