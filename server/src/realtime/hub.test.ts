import { newUuid } from '@tributary/protocol';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { type Db, openDb } from '../store/db.ts';
import { readHorizon, readMissed } from '../store/sockets.ts';
import { readCursor } from './cursor.ts';
import { createHub, type Hub, type LogEvent, type Missed } from './hub.ts';

let database: FreshDatabase;
let db: Db;
let hub: Hub;
const workspaceId = newUuid();
const quiet = { warn: () => {} };

beforeAll(async () => {
  database = await freshDatabase();
  db = openDb({ ...database.connection, max: 8 });
});
afterEach(() => hub?.stop());
afterAll(async () => {
  await db.end();
  await database.drop();
});

const insert = (n: number, ws = workspaceId) => ({
  text: `insert into events (workspace_id, type, data) values ($1, 'test.happened', jsonb_build_object('n', $2::int))`,
  values: [ws, n],
});
const numbers = (events: readonly LogEvent[]): unknown[] => events.map((event) => event.data.n);
const missedOf =
  (ws = workspaceId): Missed =>
  (after, upTo, limit) =>
    readMissed(db, { ws }, after, upTo, limit);
async function until(met: () => boolean, ms = 5_000): Promise<void> {
  for (let waited = 0; !met(); waited += 5) {
    if (waited > ms) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('tells what is committed from now on, in order, and nothing of other workspaces', async () => {
  hub = createHub(db, quiet);
  await db.query(insert(1));
  const told: LogEvent[] = [];
  const subscription = hub.subscribe({ workspaceId }, (event) => told.push(event));
  await subscription.ready;
  await db.query(insert(2));
  await db.query(insert(99, newUuid()));
  await db.query(insert(3));
  hub.wake();
  await until(() => told.length === 2);
  expect(numbers(told)).toEqual([2, 3]);
  subscription.close();
  await db.query(insert(4));
  hub.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told).toHaveLength(2);
});

test('finds what another process committed, without being woken', async () => {
  hub = createHub(db, quiet);
  const told: LogEvent[] = [];
  await hub.subscribe({ workspaceId }, (event) => told.push(event)).ready;
  await db.query(insert(1));
  await until(() => told.length === 1, 1_500);
});

test('never skips an event whose transaction began first and committed last', async () => {
  hub = createHub(db, quiet);
  const told: LogEvent[] = [];
  await hub.subscribe({ workspaceId }, (event) => told.push(event)).ready;
  const early = await db.pool.connect();
  try {
    await early.query('begin');
    await early.query(insert(1));
    await db.query(insert(2));
    hub.wake();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(told, 'the later one waits for the earlier').toEqual([]);
    await early.query('commit');
    hub.wake();
    await until(() => told.length === 2);
    expect(numbers(told)).toEqual([1, 2]);
  } finally {
    early.release();
  }
});

test('never skips an event whose row was numbered early in a transaction that began late', async () => {
  hub = createHub(db, quiet);
  const told: LogEvent[] = [];
  await hub.subscribe({ workspaceId }, (event) => told.push(event)).ready;
  // The sequence alone would put 1 before 2, and a reader by sequence that has seen 2 would never look back.
  const seq = Number((await db.query<{ seq: number }>(`select nextval('events_seq') as seq`)).rows[0]!.seq);
  await db.query(insert(2));
  hub.wake();
  await until(() => told.length === 1);
  await db.query(`insert into events (workspace_id, seq, type, data) values ($1, $2, 'test.happened', '{"n": 1}')`, [
    workspaceId,
    seq,
  ]);
  hub.wake();
  await until(() => told.length === 2);
  expect(numbers(told)).toEqual([2, 1]);
});

test('resumes exactly where a cursor says, with live events flowing', async () => {
  hub = createHub(db, quiet);
  const all: LogEvent[] = [];
  await hub.subscribe({ workspaceId }, (event) => all.push(event)).ready;
  let n = 0;
  let writing = true;
  const writers = [1, 2, 3].map(async () => {
    while (writing) {
      // Rows of one transaction share its xid, so their numbers decide.
      await db.tx(async (tx) => {
        for (let i = 0; i < 3; i++) await tx.query(insert(++n));
      });
      hub.wake();
    }
  });
  await until(() => all.length > 60);
  const listeners = Array.from({ length: 20 }, (_, i) => {
    const from = i * 3 + 1;
    const got: LogEvent[] = [];
    const after = readCursor(all[from]!.cursor)!;
    const subscription = hub.resume({ workspaceId }, after, missedOf(), { onEvent: (event) => got.push(event) });
    return { from, got, subscription };
  });
  await Promise.all(listeners.map((listener) => listener.subscription.ready));
  await until(() => all.length > 200);
  writing = false;
  await Promise.all(writers);
  await until(() => all.length === n);
  await until(() => listeners.every(({ got, from }) => got.length >= n - from - 1));
  for (const { from, got } of listeners) {
    expect(got.map((event) => event.cursor)).toEqual(all.slice(from + 1).map((event) => event.cursor));
  }
});

test('reads what was missed in pages, and waits for a slow listener', async () => {
  hub = createHub(db, quiet);
  const ws = newUuid();
  const after = await readHorizon(db);
  await db.query(
    `insert into events (workspace_id, type, data) select $1, 'test.happened', jsonb_build_object('n', n) from generate_series(1, 2500) n`,
    [ws],
  );
  const got: LogEvent[] = [];
  let pauses = 0;
  await hub.resume({ workspaceId: ws }, after, missedOf(ws), {
    onEvent: (event) => got.push(event),
    drained() {
      if (got.length % 500 !== 499) return undefined;
      pauses++;
      return new Promise((resolve) => setTimeout(resolve, 5));
    },
  }).ready;
  await until(() => got.length === 2500);
  expect(numbers(got)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
  expect(pauses).toBe(5);
});

test('says that a listener is lost when what it missed cannot be read', async () => {
  hub = createHub(db, quiet);
  const errors: Error[] = [];
  const after = { xid: 0n, seq: 0n };
  const subscription = hub.resume({ workspaceId }, after, () => Promise.reject(new Error('away')), {
    onEvent: () => {},
    onLost: (error) => errors.push(error),
  });
  await expect(subscription.ready).rejects.toThrow('away');
  expect(errors.map((error) => error.message)).toEqual(['away']);
});

test('does not repeat to a listener whose cursor lies ahead of this process', async () => {
  hub = createHub(db, quiet);
  const told: LogEvent[] = [];
  const early = await db.pool.connect();
  try {
    // An open transaction holds this reader back, as lag would.
    await early.query('begin');
    await early.query('select pg_current_xact_id()');
    await db.query(insert(1));
    const ahead = { xid: BigInt((await db.query(insertReturning(2))).rows[0]!.xid), seq: 1n << 40n };
    hub.resume({ workspaceId }, ahead, missedOf(), { onEvent: (event) => told.push(event) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await early.query('commit');
    await db.query(insert(3));
    hub.wake();
    await until(() => told.length > 0);
    expect(numbers(told)).toEqual([3]);
  } finally {
    early.release();
  }
});

const insertReturning = (n: number) => {
  const { text, values } = insert(n);
  return { text: `${text} returning xid::text as xid`, values };
};

test('a listener that throws does not stop the others', async () => {
  hub = createHub(db, quiet);
  const told: LogEvent[] = [];
  hub.subscribe({ workspaceId }, () => {
    throw new Error('broken');
  });
  await hub.subscribe({ workspaceId }, (event) => told.push(event)).ready;
  await db.query(insert(1));
  hub.wake();
  await until(() => told.length === 1);
});
