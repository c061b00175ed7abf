import type { Db } from './db.ts';

const PARTITIONED = ['events', 'journal'] as const;

/** Makes the daily partitions of the log and the journal from yesterday to `daysAhead` days on. Run at start and every few hours; harmless twice. */
export async function makePartitions(db: Db, now: Date, daysAhead = 3): Promise<void> {
  for (const table of PARTITIONED) {
    for (let day = -1; day <= daysAhead; day++) {
      const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + day));
      const to = new Date(from.getTime() + 86_400_000);
      const name = `${table}_${from.toISOString().slice(0, 10).replaceAll('-', '')}`;
      await db.query(
        `create table if not exists ${name} partition of ${table} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
      );
    }
  }
}
