import { readdir, readFile } from 'node:fs/promises';
import type { Db } from './db.ts';

/** Where the numbered files lie: beside this file in the sources, beside the bundle in the build. */
const FOLDER = new URL('./migrations/', import.meta.url);

/** Any number that is ours alone: two processes starting together migrate one after the other. */
const LOCK = 7_318_005_521;

/**
 * Brings the database to today's schema: every numbered file once, in order.
 * Forward only, all new files in one transaction. Answers the names of the files it ran.
 */
export async function migrate(db: Db, folder: URL = FOLDER): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  return db.tx(async (lock) => {
    await lock.query('select pg_advisory_xact_lock($1)', [LOCK]);
    await lock.query(
      'create table if not exists migrations (name text primary key, ran_at timestamptz not null default now())',
    );
    const done = new Set(
      (await lock.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name),
    );
    const ran: string[] = [];
    for (const name of files) {
      if (done.has(name)) continue;
      await lock.query(await readFile(new URL(name, folder), 'utf8'));
      await lock.query('insert into migrations (name) values ($1)', [name]);
      ran.push(name);
    }
    return ran;
  });
}
