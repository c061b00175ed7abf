import type { Db } from './db.ts';

/**
 * Keeps the planner's idea of the tables fresh while they grow from nothing. PostgreSQL looks by itself once a minute at best, and until it has
 * looked it plans for empty tables; its own settings may not be ours to change. Harmless twice, and a no-op once the tables have their size.
 */
export async function refreshStatistics(db: Db): Promise<string[]> {
  const stale = await db.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_stat_user_tables
     where schemaname = current_schema() and n_mod_since_analyze > 500 + n_live_tup / 5 and n_live_tup < 2000000`,
  );
  for (const { name } of stale.rows) await db.query(`analyze ${name}`);
  return stale.rows.map((row) => row.name);
}
