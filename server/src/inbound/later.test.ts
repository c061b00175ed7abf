import { type ChannelAdapter, type InboundEvent, messageKey, Unparsable } from '@tributary/channels';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import type { Lookout } from '../outbound/lookout.ts';
import { type Db, openDb } from '../store/db.ts';
import { migrate } from '../store/migrate.ts';
import { replayPage } from '../store/pending.ts';
import { type Channel, openRegistry, type Registry } from '../store/registry.ts';
import { countDrops } from './drops.ts';
import { type IntakeLine, openIntake } from './intake.ts';
import { startReading } from './later.ts';
import { type ListenTools, startListening } from './listen.ts';
import { takeIn } from './read.ts';
import { adapterOf, makeChannel, makeWorkspace, SEAL, TELEGRAM } from './testing.ts';

/** An adapter that fetches: each request is a number and a word. */
function letters(read: (word: string) => Promise<string>): ChannelAdapter {
  return {
    ...adapterOf('telegram'),
    later: {
      is: (request) => request.via === 'listen',
      async read(request, config) {
        const [no, word] = new TextDecoder().decode(request.body).split(' ');
        const text = await read(word!);
        const event: InboundEvent = {
          type: 'message',
          key: messageKey(no!),
          externalId: no!,
          account: adapterOf('telegram').account(config),
          at: new Date(),
          raw: null,
          from: { kind: 'user_id', value: '5' },
          thread: { key: '5', kind: 'direct' },
          content: { type: 'text', text },
          attachments: [],
        };
        return [event];
      },
    },
  };
}

const letter = (body: string) => ({
  via: 'listen' as const,
  method: 'FETCH',
  publicUrl: 'imap://mail.example/INBOX',
  headers: {},
  body: new TextEncoder().encode(body),
  receivedAt: new Date(),
});

let fresh: FreshDatabase;
let db: Db;
let registry: Registry;
let channel: Channel;
let intake: IntakeLine;
let running: Lookout[];
const log = pino({ level: 'silent' });

beforeEach(async () => {
  fresh = await freshDatabase();
  db = openDb(fresh.connection, 'roads');
  await migrate(db);
  const workspace = await makeWorkspace(db);
  const { id } = await makeChannel(db, workspace, 'telegram', TELEGRAM);
  registry = await openRegistry(db, SEAL, 20);
  channel = registry.known(id)!;
  intake = openIntake({ db, seal: SEAL, committed() {}, fault() {} });
  running = [];
});
afterEach(async () => {
  for (const one of running) await one.stop();
  await intake.idle();
  registry.stop();
  await db.end();
  await fresh.drop();
});

const tools = (adapter: ChannelAdapter) => {
  const drops = countDrops(db, 1_000_000);
  return { db, seal: SEAL, registry, adapterOf: () => adapter, intake, drops, log, accepted() {} };
};
const reading = (adapter: ChannelAdapter, options = {}): void => {
  running.push(startReading({ ...tools(adapter), options: { pollMs: 20, ...options } }));
};
const listening = (adapter: ChannelAdapter, options: ListenTools['options'] = {}): Lookout => {
  const ioFor = () => ({ baseUrl: '', hosts: {} }) as never;
  const one = startListening({
    ...tools(adapter),
    adapters: [adapter],
    ioFor,
    options: { everyMs: 20, backoffMs: 10, ...options },
  });
  running.push(one);
  return one;
};
const journal = async (): Promise<{ id: string; verdict: string; error: string | null }[]> =>
  (
    await db.query<{ id: string; verdict: string; error: string | null }>(
      'select id, verdict, error from journal order by id',
    )
  ).rows;
const texts = async (): Promise<string[]> =>
  (await db.query<{ text: string }>("select content->>'text' as text from messages order by id")).rows.map(
    (row) => row.text,
  );
const until = async (check: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 300; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`It never came: ${JSON.stringify(await journal())} ${JSON.stringify(await texts())}`);
};
const enter = (adapter: ChannelAdapter, body: string): Promise<void> =>
  intake.accept([takeIn(letter(body), channel, adapter, tools(adapter).drops)]);

it('journals and answers first, reads afterwards, and once', async () => {
  const adapter = letters(async (word) => word);
  await enter(adapter, '1 hello');
  expect(await journal()).toMatchObject([{ verdict: 'pending' }]);
  expect(await texts()).toEqual([]);
  reading(adapter);
  await until(async () => (await texts()).length === 1);
  await enter(adapter, '1 hello');
  await until(async () => (await journal()).every((page) => page.verdict === 'accepted'));
  expect(await texts()).toEqual(['hello']);
  const { rows } = await db.query(
    'select m.journal_id = j.id as same from messages m join journal j on j.id = m.journal_id',
  );
  expect(rows).toEqual([{ same: true }]);
});

it('marks what cannot be read, goes on with the rest, and reads it once more when it is asked to', async () => {
  let mended = false;
  const adapter = letters(async (word) => {
    if (word === 'broken' && !mended) throw new Unparsable('No mail at all.');
    return word;
  });
  reading(adapter);
  await enter(adapter, '1 broken');
  await enter(adapter, '2 fine');
  await until(async () => (await texts()).length === 1);
  const [page] = await journal();
  expect(page).toMatchObject({ verdict: 'unparsed', error: 'No mail at all.' });
  mended = true;
  await replayPage(db, channel.workspaceId, page!.id as never);
  await until(async () => (await texts()).length === 2);
  expect((await journal())[0]).toMatchObject({ verdict: 'accepted', error: null });
});

it('gives up what takes too long, and what ended the process too often', async () => {
  const adapter = letters((word) => (word === 'endless' ? new Promise(() => {}) : Promise.resolve(word)));
  await enter(adapter, '1 endless');
  await enter(adapter, '2 deadly');
  await db.query('update journal set attempts = 3 where id = (select id from journal order by id desc limit 1)');
  reading(adapter, { readMs: 50 });
  await until(async () => (await journal()).every((page) => page.verdict === 'unparsed'));
  expect((await journal()).map((page) => page.error)).toEqual([
    'Reading it took longer than 0.05 seconds.',
    'Reading it was begun 3 times and never ended.',
  ]);
});

it('fetches from where it had come to, one process at a time, and takes over', async () => {
  const starts: (string | null)[] = [];
  const box = ['0 a', '1 b', '2 c'];
  const adapter: ChannelAdapter = {
    ...letters(async (word) => word),
    async *listen(_config, io, cursor) {
      starts.push(cursor);
      for (let no = cursor === null ? 0 : Number(cursor) + 1; !io.signal!.aborted; ) {
        const body = box[no];
        if (body) yield { request: letter(body), cursor: String(no++) };
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
  reading(adapter);
  const first = listening(adapter, { leaseSeconds: 1 });
  await until(async () => (await texts()).length === 3);
  listening(adapter, { leaseSeconds: 1 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(starts).toEqual([null]);
  await first.stop();
  box.push('3 d');
  await until(async () => (await texts()).length === 4);
  expect(starts).toEqual([null, '2']);
});

it('begins again after a broken connection, and at once when the settings change', async () => {
  let broken = 2;
  const seen: unknown[] = [];
  const adapter: ChannelAdapter = {
    ...letters(async (word) => word),
    async *listen(config, io) {
      if (broken-- > 0) throw new Error('The line broke.');
      seen.push(config.botUsername);
      yield { request: letter(`${seen.length} ${config.botUsername ?? 'nobody'}`), cursor: String(seen.length) };
      while (!io.signal!.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
  reading(adapter);
  listening(adapter);
  await until(async () => (await texts()).length === 1);
  const config = SEAL.seal(JSON.stringify({ ...TELEGRAM, botUsername: 'other' }));
  await db.query('update channels set config = $1, updated_at = now()', [config]);
  await until(async () => (await texts()).length === 2);
  expect(await texts()).toEqual(['nobody', 'other']);
});
