import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDb } from '../../server/src/store/db.ts';
import { migrate } from '../../server/src/store/migrate.ts';
import { makePartitions } from '../../server/src/store/partitions.ts';
import { databaseUrl, openTestServer } from './server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where `freshDatabase` clones, and from what. */
    testDatabase: { serverUrl: string; template: string; prefix: string };
  }
}

/** Vitest's global setup: one server, one migrated template database; afterwards everything of this run is dropped. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openTestServer();
  const prefix = `tributary_test_${randomBytes(5).toString('hex')}_`;
  const template = `${prefix}template`;
  try {
    await ask(server.url, `create database ${template} template template0 encoding 'UTF8'`);
    const db = openDb({ connectionString: databaseUrl(server.url, template), max: 1 });
    try {
      await migrate(db);
      await makePartitions(db, new Date());
    } finally {
      await db.end();
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('testDatabase', { serverUrl: server.url, template, prefix });
  return async () => {
    const left = await ask<{ datname: string }>(
      server.url,
      `select datname from pg_database where starts_with(datname, '${prefix}')`,
    );
    for (const { datname } of left) await ask(server.url, `drop database if exists ${datname} with (force)`);
    await server.stop();
  };
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
