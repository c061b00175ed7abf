import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './global.ts';
import { databaseUrl } from './server.ts';

/** A migrated database of one test file's own. */
export interface FreshDatabase {
  connection: pg.PoolConfig;
  /** The same as a DATABASE_URL, for a server started as a process. */
  url: string;
  /** Ends every connection and drops it. A test file that forgets is cleaned up after the run. */
  drop(): Promise<void>;
}

/** Clones the migrated template into a database that nobody else uses. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { serverUrl, template, prefix } = inject('testDatabase');
  const name = `${prefix}${randomBytes(5).toString('hex')}`;
  await run(serverUrl, `create database ${name} template ${template}`);
  const url = databaseUrl(serverUrl, name);
  return {
    connection: { connectionString: url },
    url,
    drop: () => run(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
