import type { Logger } from 'pino';
import type { Db } from '../store/db.ts';
import { sweepHeld } from './held.ts';
import { sweepWaiting } from './receipts.ts';

const EVERY_MS = 500;

/**
 * Matches, twice a second, the evidence that slipped between a receipt and the answer it speaks of, and sends off what waited for its person to
 * write.
 */
export function startSweeper(db: Db, log: Logger, committed: () => void): { wake(): void; stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => sweepWaiting(db))
      .then(async (matched) => {
        if (matched + (await sweepHeld(db)) > 0) committed();
      })
      .catch((error) =>
        log.warn({ err: error }, 'What waits for evidence, or for its person, could not be looked at yet.'),
      );
  }, EVERY_MS);
  return {
    wake() {},
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
