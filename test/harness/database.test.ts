import pg from 'pg';
import { expect, it } from 'vitest';
import { freshDatabase } from './database.ts';

async function rows(connection: pg.PoolConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it('gives every caller a migrated database of its own', async () => {
  const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);
  const add = `insert into workspaces (id, name) values (gen_random_uuid(), 'One')`;
  await rows(one.connection, add);
  expect(await rows(one.connection, 'select name from workspaces')).toEqual([{ name: 'One' }]);
  expect(await rows({ connectionString: two.url }, 'select name from workspaces')).toEqual([]);
  await Promise.all([one.drop(), two.drop()]);
});

it('drops a database that somebody is still connected to', async () => {
  const fresh = await freshDatabase();
  const client = new pg.Client(fresh.connection);
  client.on('error', () => {});
  await client.connect();
  await fresh.drop();
  await expect(rows(fresh.connection, 'select 1')).rejects.toThrow('does not exist');
});
