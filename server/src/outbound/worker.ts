import { newUuid, toId } from '@tributary/protocol';
import { isAway } from '../store/away.ts';
import type { Tx } from '../store/db.ts';
import { type Job, startHeads } from '../store/deliveries.ts';
import { type ClaimedLane, type Release, releaseLanes } from '../store/lanes.ts';
import { type AttemptTools, attempt, LaneLost } from './attempt.ts';
import { Batcher } from './batcher.ts';
import { holdLanes } from './held_lanes.ts';
import { keepLooking, type Lookout } from './lookout.ts';
import { Places } from './places.ts';
import { Rates, rateOf } from './rates.ts';
import { type Outcome, settleOutcomes } from './settle.ts';

export interface WorkerTools
  extends Omit<AttemptTools, 'rates' | 'token' | 'insist' | 'maxAttempts' | 'maxResends' | 'unknownMs'> {
  /** Called after every commit that wrote events. */
  committed(): void;
  options?: Partial<WorkerOptions>;
}

export interface WorkerOptions {
  leaseSeconds: number;
  /** Lanes worked on at once, in all and on one channel. */
  concurrency: number;
  perChannel: number;
  maxAttempts: number;
  /** How often something is said again to a provider that does not answer. */
  maxResends: number;
  /** An outcome nobody knows is tried again after so long, unless evidence comes first. */
  unknownMs: number;
  pollMs: number;
  /** How often, half a second apart, an outcome is offered to a database that refuses it; while the database is away there is no end. */
  settleTries: number;
}

const DEFAULTS: WorkerOptions = {
  leaseSeconds: 10,
  concurrency: 512,
  perChannel: 128,
  maxAttempts: 10,
  maxResends: 3,
  unknownMs: 30_000,
  pollMs: 250,
  settleTries: 120,
};
/** A wait shorter than this is slept here; a longer one gives the lane back. */
const SHORT_WAIT_MS = 50;
const INSIST_EVERY_MS = 500;

/** Claims lanes and says what waits at their heads, one delivery at a time in each lane. Stopping it waits for what is under way. */
export function startWorker(tools: WorkerTools): Lookout {
  const options = { ...DEFAULTS, ...tools.options };
  const { db, log } = tools;
  const token = newUuid();
  const rates = new Rates();
  const places = new Places(options.concurrency, options.perChannel);
  const held = holdLanes({ db, log, kind: 'delivery', token, leaseSeconds: options.leaseSeconds });
  const attempting: AttemptTools = { ...tools, ...options, rates, token, insist };
  let stopping = false;

  const settle = new Batcher<Outcome>(
    async (outcomes) => {
      if (await settleOutcomes(db, token, outcomes, tools.now())) lookout.wake();
      tools.committed();
    },
    { flights: 2, most: 200, hopeless: isAway },
  );

  async function look(): Promise<void> {
    for (;;) {
      const notChannels = places.closed(Date.now());
      const limit = places.room;
      if (stopping || limit === 0) return;
      const waits = new Map<string, number>();
      const { claimed, jobs } = await held.claim({ limit, notChannels }, (tx, lanes) => begin(tx, lanes, waits));
      for (const job of jobs) {
        places.take(job.ch);
        void run(job, waits.get(job.lane) ?? 0);
      }
      if (claimed < limit) return;
    }
  }

  /** Gives back the lanes that must wait, and reads the heads of the rest. `waits` is told who has to wait for a moment only. */
  async function begin(tx: Tx, lanes: readonly ClaimedLane[], waits: Map<string, number>): Promise<Job[]> {
    const now = tools.now().getTime();
    const later: Release[] = [];
    const ready: ClaimedLane[] = [];
    for (const lane of lanes) {
      const slot = await slotFor(lane, now);
      waits.set(lane.id, slot.waitMs);
      if (slot.taken) ready.push(lane);
      else later.push({ ws: lane.ws, id: lane.id, done: 0, waitMs: slot.waitMs });
    }
    const jobs = ready.length > 0 ? await startHeads(tx, ready) : [];
    // A lane whose counter says there is work and which has none is mended rather than claimed for ever.
    const headed = new Set(jobs.map((job) => job.lane));
    for (const lane of ready) {
      if (headed.has(lane.id)) continue;
      log.error({ lane: lane.id }, 'A lane without a head was found and emptied.');
      later.push({ ws: lane.ws, id: lane.id, done: 1, waitMs: 0 });
    }
    await releaseLanes(tx, 'delivery', later);
    return jobs;
  }

  async function slotFor(lane: ClaimedLane, now: number): Promise<{ taken: boolean; waitMs: number }> {
    const channel = await tools.registry.get(toId('channel', lane.ch));
    // Deleted: what waits on it has to be told.
    if (!channel) return { taken: true, waitMs: 0 };
    const adapter = tools.adapterOf(channel.type);
    if (!adapter || channel.status === 'inactive' || channel.status === 'error') {
      places.shun(lane.ch, now + 1_000);
      return { taken: false, waitMs: 1_000 };
    }
    const paused = (channel.pausedUntil?.getTime() ?? 0) - now;
    if (paused > 0) rates.pause(lane.ch, channel.pausedUntil!.getTime());
    const rate = rateOf(adapter.capabilities(channel.config).rate, channel.rate);
    const slot = rates.reserve(lane.ch, lane.id, rate, now, SHORT_WAIT_MS);
    if (!slot.taken && slot.whose === 'channel') {
      // A tenth of a second's worth of tokens gathers before the channel is looked at again.
      places.shun(lane.ch, now + Math.max(slot.waitMs, 100));
    }
    // Jitter, so that lanes sent back together do not all return together.
    return slot.taken ? slot : { taken: false, waitMs: slot.waitMs + tools.random() * Math.min(slot.waitMs, 1_000) };
  }

  async function run(job: Job, waitMs: number): Promise<void> {
    try {
      if (waitMs > 1) await sleep(waitMs);
      const outcome = await attempt(job, attempting);
      await insist(() => settle.add(outcome));
    } catch (error) {
      // The lease runs out, and whoever comes next finds the delivery as it was left.
      if (error instanceof LaneLost) log.warn({ delivery: job.delivery }, error.message);
      else log.error({ err: error, delivery: job.delivery }, 'A delivery could not be settled.');
    } finally {
      held.letGo(job.ws, job.lane);
      places.giveBack(job.ch);
      // The last look filled every place: there may be more.
      if (places.wanting) lookout.wake();
    }
  }

  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (tries >= options.settleTries && (stopping || !isAway(error))) throw error;
        if (tries % 20 === 1) log.warn({ err: error }, 'What a provider answered could not be written down yet.');
        await sleep(INSIST_EVERY_MS);
      }
    }
  }

  const lookout = keepLooking(look, {
    restMs: () => Math.max(5, Math.min(options.pollMs, places.soonest(Date.now()))),
    failed: (error) => log.warn({ err: error }, 'The queue could not be read.'),
  });
  return {
    wake: lookout.wake,
    async stop() {
      stopping = true;
      await lookout.stop();
      await held.end();
      await settle.idle();
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
