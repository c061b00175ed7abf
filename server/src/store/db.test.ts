import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { isAway } from './away.ts';
import { type Db, openDb } from './db.ts';

let fresh: FreshDatabase;
let db: Db;
let other: Db;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb({ ...fresh.connection, max: 2 });
  other = openDb({ ...fresh.connection, max: 1 });
});
afterAll(async () => {
  await db.end();
  await other.end();
  await fresh.drop();
});

it('survives a server that ends a connection between two statements of a transaction, and says that it was away', async () => {
  const cut = db.tx(async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    await other.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    // Nothing is under way on the connection when it breaks: its error goes to whoever listens, or ends the process.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await tx.query('select 1');
  });
  await expect(cut.catch((error) => Promise.reject(isAway(error) ? 'away' : error))).rejects.toBe('away');
  expect((await db.tx((tx) => tx.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
});

it('survives a server that ends a connection in the middle of a statement', async () => {
  const cut = db.tx(async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    setTimeout(() => void other.query('select pg_terminate_backend($1)', [rows[0]!.pid]), 50);
    await tx.query('select pg_sleep(5)');
  });
  await expect(cut.catch((error) => Promise.reject(isAway(error) ? 'away' : error))).rejects.toBe('away');
  expect((await db.tx((tx) => tx.query('select 1 as one'))).rows).toEqual([{ one: 1 }]);
});
