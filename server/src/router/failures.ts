import type { Logger } from 'pino';
import type { Db } from '../store/db.ts';
import { hastenFailovers } from '../store/failovers.ts';
import { followLog, type LogReader } from './reader.ts';

const PACE_MS = 50;

/** Follows the log for messages that failed: those with a next channel go there at once instead of waiting for their time. */
export function followFailures(tools: { db: Db; log: Logger; hastened(): void }): LogReader {
  return followLog(
    tools.db,
    'failures',
    async (tx, rows) => {
      const failed = rows.flatMap((row) => (row.subject ? [{ ws: row.ws, message: row.subject }] : []));
      const hastened = failed.length > 0 ? await hastenFailovers(tx, failed) : 0;
      return hastened > 0 ? tools.hastened : undefined;
    },
    tools.log,
    { types: ['message.failed'], paceMs: PACE_MS },
  );
}
