import type { Logger } from 'pino';
import type { Db, Tx } from '../store/db.ts';
import { type LogRow, readLog, saveCursor, takeCursor } from '../store/events.ts';

export interface LogReader {
  /** There may be news. */
  wake(): void;
  stop(): Promise<void>;
}

const BATCH = 500;

/**
 * Follows the log under a name, one batch a transaction: what `work` does and how far it came commit together, so that every event is worked
 * on exactly once, whichever process does it. What `work` answers runs once the batch has committed. Under load a step begins no sooner than
 * `paceMs` after the one before, so that batches gather; the first news after a rest is read at once.
 */
export function followLog(
  db: Db,
  name: string,
  work: (tx: Tx, rows: LogRow[]) => Promise<(() => void) | undefined>,
  log: Logger,
  {
    types,
    paceMs,
    batch = BATCH,
    pollMs = 250,
  }: { types: readonly string[]; paceMs: number; batch?: number; pollMs?: number },
): LogReader {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  async function step(): Promise<boolean> {
    let after: (() => void) | undefined;
    const count = await db.tx(async (tx) => {
      const place = await takeCursor(tx, name);
      if (!place) return 0;
      const { rows, last, read } = await readLog(tx, place, batch, types);
      if (!last) return 0;
      if (rows.length > 0) after = await work(tx, rows);
      await saveCursor(tx, name, last);
      return read;
    });
    after?.();
    return count === batch;
  }

  function wake(): void {
    if (stopped) return;
    // After a failure only the timer tries again: news do not mend it.
    if (running || (failures > 0 && timer)) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = (async () => {
      try {
        for (;;) {
          again = false;
          const began = performance.now();
          const full = await step();
          if (full) continue;
          if (!again) break;
          const rest = paceMs - (performance.now() - began);
          if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
        }
        failures = 0;
      } catch (error) {
        failures++;
        log.warn({ err: error, reader: name }, 'The log could not be followed; it is tried again.');
      }
      running = undefined;
      if (!stopped)
        timer = setTimeout(tick, failures > 0 ? Math.min(10_000, pollMs * 2 ** failures) : again ? 0 : pollMs);
    })();
  }
  /** What the timer does: it may try again after a failure. */
  function tick(): void {
    timer = undefined;
    wake();
  }
  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
