import { Whereis } from '../contacts/resolve.ts';
import { Batcher } from '../outbound/batcher.ts';
import { isAway } from '../store/away.ts';
import type { Db } from '../store/db.ts';
import type { Seal } from '../store/seal.ts';
import { acceptBatch, acceptKnown, StaleMemory } from './accept.ts';
import type { Intake } from './pages.ts';

export interface IntakeLine {
  /** Resolves once the requests and what they meant are committed. Throws when the database is away: nothing was stored. */
  accept(intakes: readonly Intake[]): Promise<void>;
  /** Requests that wait to be committed. */
  readonly backlog: number;
  idle(): Promise<void>;
}

/** Two batches in flight, and the next one gathering. */
const FLIGHTS = 2;
const MOST = 200;

/**
 * The line every provider request passes. Those of one HTTP request travel together in one transaction, with whatever else has gathered. A request
 * that fails alone is journalled as `unaccepted`, so that it can be seen and replayed; the provider still gets its 2xx.
 */
export function openIntake(tools: {
  db: Db;
  seal: Seal;
  committed(): void;
  fault(intake: Intake, error: unknown): void;
}): IntakeLine {
  const known = new Whereis();
  const run = async (batch: readonly Intake[]): Promise<void> => {
    if (!(await acceptKnown(tools.db, batch, known, tools.seal))) {
      const remember = await tools.db.tx((tx) => acceptBatch(tx, batch, known, tools.seal));
      remember();
    }
    tools.committed();
  };
  const batcher = new Batcher<readonly Intake[]>(
    async (groups) => {
      const batch = groups.flat();
      try {
        await run(batch);
      } catch (error) {
        if (isAway(error)) throw error;
        // What was remembered may be what was wrong: everything is looked up anew.
        known.forget();
        if (groups.length > 1 && !(error instanceof StaleMemory)) throw error;
        await acceptAgain(batch);
      }
    },
    { flights: FLIGHTS, most: MOST, hopeless: isAway },
  );

  async function acceptAgain(batch: readonly Intake[]): Promise<void> {
    try {
      await run(batch);
    } catch (error) {
      if (isAway(error)) throw error;
      if (batch.length > 1) {
        for (const intake of batch) await acceptAgain([intake]);
        return;
      }
      const intake = batch[0]!;
      tools.fault(intake, error);
      await run([
        { ...intake, later: undefined, events: [], fault: { verdict: 'unaccepted', error: (error as Error).message } },
      ]);
    }
  }

  return {
    accept: (intakes) => batcher.add(intakes),
    get backlog() {
      return batcher.size;
    },
    idle: () => batcher.idle(),
  };
}
