import type { Db } from './db.ts';

const PARTITIONED = ['events', 'journal'] as const;
const LOCK = 7_318_005_522;

/** Makes the daily partitions of the log and the journal from yesterday to `daysAhead` days on. Run at start and every few hours; harmless twice. */
export async function makePartitions(db: Db, now: Date, daysAhead = 3): Promise<void> {
  await db.tx(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    for (const table of PARTITIONED) {
      for (let day = -1; day <= daysAhead; day++) {
        const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + day));
        const to = new Date(from.getTime() + 86_400_000);
        const name = `${table}_${from.toISOString().slice(0, 10).replaceAll('-', '')}`;
        // Rows that fell into the default partition for that day keep living there.
        const strays = await tx.query(
          `select exists (select from ${table}_default where ${table === 'events' ? 'at' : 'received_at'} >= $1 and ${table === 'events' ? 'at' : 'received_at'} < $2) as any`,
          [from, to],
        );
        if (strays.rows[0]?.any) continue;
        await tx.query(
          `create table if not exists ${name} partition of ${table} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
        );
      }
    }
  });
}
