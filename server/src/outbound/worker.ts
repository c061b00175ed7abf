import type { ChannelAdapter, Io, Sent } from '@tributary/channels';
import { SEND_ERRORS, SendError, toId, UnknownOutcome } from '@tributary/protocol';
import type { Logger } from 'pino';
import { moveAddress } from '../store/amendments.ts';
import { cleanJson, type Db } from '../store/db.ts';
import { advance, type Job, markChannel, partsOf, pauseChannel, startHeads } from '../store/deliveries.ts';
import { type ClaimedLane, claimLanes, releaseLanes, renewLanes } from '../store/lanes.ts';
import { lockDeliveries } from '../store/receipts.ts';
import type { Channel, Registry } from '../store/registry.ts';
import { Batcher } from './batcher.ts';
import { backoffMs, Rates } from './rates.ts';
import { type Said, say } from './say.ts';
import { newToken, type Outcome, partRow, settleOutcomes, writeAllParts } from './settle.ts';

export interface WorkerTools {
  db: Db;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  callbackUrl(channel: Channel): string;
  log: Logger;
  now(): Date;
  random(): number;
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
  /** An outcome nobody knows is tried again after so long, unless evidence comes first. */
  unknownMs: number;
  pollMs: number;
  /** How often, half a second apart, an outcome is offered to a database that does not take it. */
  settleTries: number;
}

const DEFAULTS: WorkerOptions = {
  leaseSeconds: 10,
  concurrency: 256,
  perChannel: 64,
  maxAttempts: 10,
  unknownMs: 30_000,
  pollMs: 250,
  settleTries: 120,
};
/** A wait shorter than this is slept here; a longer one gives the lane back. */
const SHORT_WAIT_MS = 50;

export interface Worker {
  /** There may be work: look now. */
  wake(): void;
  /** Takes no more, and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Claims lanes and says what waits at their heads, one delivery at a time in each lane. The state machine of a head, in words:
 * `queued` is marked `sending` in the claim. If a claim finds `sending`, its worker died in between: the outcome is unknown and the lane waits
 * `unknownMs` for evidence. If a claim finds `unknown`, that wait is over: parts that evidence has settled are skipped, and the rest is sent again
 * or held, as the channel says. Each sent request is remembered before the next one leaves.
 */
export function startWorker(tools: WorkerTools): Worker {
  const options = { ...DEFAULTS, ...tools.options };
  const { db, log } = tools;
  const token = newToken();
  const rates = new Rates();
  const underWay = new Map<string, ClaimedLane>();
  const perChannel = new Map<string, number>();
  const blocked = new Map<string, number>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  /** The last look stopped for want of room, in all or on a channel, not of work. */
  let wanting = false;

  const settle = new Batcher<Outcome>(
    async (outcomes) => {
      if (await settleOutcomes(db, token, outcomes, tools.now())) again();
      tools.committed();
    },
    { flights: 2, most: 200 },
  );

  async function look(): Promise<void> {
    for (;;) {
      wanting = options.concurrency <= underWay.size;
      if (stopping || wanting) return;
      const limit = Math.min(64, options.concurrency - underWay.size);
      const { lanes, jobs } = await claim(limit, closedChannels(Date.now()));
      for (const { job, waitMs } of jobs) void run(job, waitMs);
      if (lanes < limit) return;
    }
  }

  /** Channels that have enough under way, or no token before a moment to come: left out of the claim, so that they delay nobody. */
  function closedChannels(now: number): string[] {
    wanting ||= [...perChannel.values()].some((count) => count >= options.perChannel);
    const closed = [...perChannel].filter(([, count]) => count >= options.perChannel).map(([channel]) => channel);
    for (const [channel, until] of blocked) {
      if (until > now) closed.push(channel);
      else blocked.delete(channel);
    }
    return closed;
  }

  /** Claims, gives back what must wait, reads the heads of the rest. */
  async function claim(
    limit: number,
    closed: readonly string[],
  ): Promise<{ lanes: number; jobs: { job: Job; waitMs: number }[] }> {
    return db.tx(async (tx) => {
      const lanes = await claimLanes(tx, 'delivery', token, options.leaseSeconds, limit, closed);
      if (lanes.length === 0) return { lanes: 0, jobs: [] };
      const now = tools.now().getTime();
      const later: { ws: string; id: string; done: number; waitMs: number }[] = [];
      const ready = new Map<string, { lane: ClaimedLane; waitMs: number }>();
      for (const lane of lanes) {
        const slot = await slotFor(lane, now);
        if (slot.taken) ready.set(lane.id, { lane, waitMs: slot.waitMs });
        else later.push({ ws: lane.ws, id: lane.id, done: 0, waitMs: slot.waitMs });
      }
      if (later.length > 0) await releaseLanes(tx, 'delivery', later);
      const heads = [...ready.values()].map(({ lane }) => lane);
      const jobs = heads.length > 0 ? await startHeads(tx, heads) : [];
      // A lane whose counter says there is work and which has none is mended rather than claimed for ever.
      const headed = new Set(jobs.map((job) => job.lane));
      for (const lane of heads) {
        if (headed.has(lane.id)) continue;
        log.error({ lane: lane.id }, 'A lane without a head was found and emptied.');
        await releaseLanes(tx, 'delivery', [{ ws: lane.ws, id: lane.id, done: 1, waitMs: 0 }]);
        ready.delete(lane.id);
      }
      for (const { lane } of ready.values()) hold(lane);
      return { lanes: lanes.length, jobs: jobs.map((job) => ({ job, waitMs: ready.get(job.lane)?.waitMs ?? 0 })) };
    });
  }

  async function slotFor(lane: ClaimedLane, now: number): Promise<{ taken: boolean; waitMs: number }> {
    const channel = await tools.registry.get(toId('channel', lane.ch));
    const adapter = channel && tools.adapterOf(channel.type);
    if (!channel || !adapter || channel.status === 'inactive' || channel.status === 'error') {
      blocked.set(lane.ch, now + 1_000);
      return { taken: false, waitMs: 1_000 };
    }
    const paused = (channel.pausedUntil?.getTime() ?? 0) - now;
    if (paused > 0) rates.pause(lane.ch, channel.pausedUntil!.getTime());
    const rate = { ...adapter.capabilities(channel.config).rate, ...channel.rate };
    const slot = rates.reserve(lane.ch, lane.id, rate, now, SHORT_WAIT_MS);
    if (!slot.taken && slot.whose === 'channel') {
      // A tenth of a second's worth of tokens gathers before the channel is looked at again.
      blocked.set(lane.ch, now + Math.max(slot.waitMs, 100));
    }
    // Jitter, so that lanes sent back together do not all return together.
    return slot.taken ? slot : { taken: false, waitMs: slot.waitMs + tools.random() * Math.min(slot.waitMs, 1_000) };
  }

  const key = (ws: string, id: string): string => `${ws} ${id}`;
  function hold(lane: ClaimedLane): void {
    underWay.set(key(lane.ws, lane.id), lane);
    perChannel.set(lane.ch, (perChannel.get(lane.ch) ?? 0) + 1);
  }
  function letGo(ws: string, id: string): void {
    const lane = underWay.get(key(ws, id));
    if (!lane) return;
    underWay.delete(key(ws, id));
    const left = (perChannel.get(lane.ch) ?? 1) - 1;
    if (left > 0) perChannel.set(lane.ch, left);
    else perChannel.delete(lane.ch);
  }

  async function run(job: Job, waitMs: number): Promise<void> {
    try {
      if (waitMs > 1) await sleep(waitMs);
      const outcome = await attempt(job);
      for (let tries = 1; ; tries++) {
        try {
          await settle.add(outcome);
          break;
        } catch (error) {
          // What the provider answered is known only here: it is worth keeping while the database is away.
          if (tries >= options.settleTries) throw error;
          log.warn({ err: error, delivery: job.delivery }, 'A delivery could not be settled yet.');
          await sleep(500);
        }
      }
    } catch (error) {
      // The lease runs out, and whoever comes next finds the delivery as it was left.
      log.error({ err: error, delivery: job.delivery }, 'A delivery could not be settled.');
    } finally {
      letGo(job.ws, job.lane);
      // The last look filled every place: there may be more.
      if (wanting) again();
    }
  }

  async function attempt(job: Job): Promise<Outcome> {
    const where = {
      ws: job.ws,
      ch: job.ch,
      lane: job.lane,
      delivery: job.delivery,
      message: job.message,
      identity: job.identity,
    };
    const base = { ...where, parts: [], choices: [], waitMs: 0 };
    const settlement = {
      state: null,
      done: false,
      requests: null,
      nextRequest: job.nextRequest,
      resends: 0,
      uncount: false,
      error: null,
      losses: null,
      payloads: null,
    } as const;
    const channel = tools.registry.known(toId('channel', job.ch))!;
    const adapter = tools.adapterOf(channel.type)!;
    if (job.state === 1) {
      return {
        ...base,
        settlement: {
          ...settlement,
          state: 2,
          error: { code: 'unknown', message: 'The attempt was cut off before its answer came.' },
        },
        waitMs: Math.max(0, options.unknownMs - (job.attemptAgeMs ?? 0)),
      };
    }
    if (job.consent === 'opted_out' || job.consent === 'blocked')
      return {
        ...base,
        settlement: {
          ...settlement,
          state: 4,
          done: true,
          error: { code: 'opted_out', message: SEND_ERRORS.opted_out.says },
        },
      };
    let said: Said;
    try {
      said = say(job, channel, adapter, tools.callbackUrl(channel), tools.now());
    } catch (error) {
      log.error({ err: error, delivery: job.delivery }, 'A message could not be rendered.');
      return {
        ...base,
        settlement: {
          ...settlement,
          state: 4,
          done: true,
          error: { code: 'unexpected', message: `The message could not be rendered: ${(error as Error).message}` },
        },
      };
    }
    const settled = {
      ...settlement,
      requests: said.requests.length,
      losses: said.losses.length > 0 ? said.losses : null,
      payloads: Object.keys(said.payloads).length > 0 ? said.payloads : null,
    };
    const known =
      job.state === 2 || job.nextRequest > 0 ? await partsOf(db, job.ws, job.delivery) : new Map<number, number>();
    let resends = 0;
    if (job.state === 2 && (known.get(job.nextRequest) ?? 0) < 3) {
      const habit = job.onUnknown ?? adapter.capabilities(channel.config).onUnknown;
      // Held: not sent again. The lane goes on; evidence may still settle it.
      if (habit === 'hold')
        return {
          ...base,
          settlement: {
            ...settled,
            requests: null,
            state: 2,
            done: true,
            error: { code: 'unknown', message: 'No answer came, and this channel does not send twice.' },
          },
        };
      resends = 1;
    }
    return perform(job, channel, adapter, said, known, { ...base, settlement: { ...settled, resends } });
  }

  async function perform(
    job: Job,
    channel: Channel,
    adapter: ChannelAdapter,
    said: Said,
    known: ReadonlyMap<number, number>,
    base: Outcome,
  ): Promise<Outcome> {
    const io = tools.ioFor(channel, adapter);
    const parts: Outcome['parts'] = [];
    const last = said.requests.length - 1;
    for (let no = job.nextRequest; no <= last; no++) {
      if ((known.get(no) ?? 0) >= 3) continue;
      const { request } = said.requests[no]!;
      try {
        const sent = await adapter.send(request, channel.config, io);
        const part = partRow(base, no, 'sent', {
          ext: sent.externalIds[0] ?? null,
          more: sent.externalIds.length > 1 ? sent.externalIds.slice(1) : null,
          request,
          answer: answerOf(sent),
        });
        parts.push(part);
        if (no < last) {
          // Remembered before the next one leaves, so that a crash resumes there.
          await db.tx(async (tx) => {
            await lockDeliveries(tx, [{ ws: job.ws, id: job.delivery }]);
            await writeAllParts(tx, [{ parts: [part] }]);
            await advance(tx, job.ws, job.delivery, no + 1);
          });
          parts.pop();
        }
      } catch (error) {
        return failed(job, channel, base, no, request, parts, error);
      }
    }
    return {
      ...base,
      parts,
      choices: said.choices,
      settlement: { ...base.settlement, done: true, nextRequest: said.requests.length },
    };
  }

  async function failed(
    job: Job,
    channel: Channel,
    base: Outcome,
    no: number,
    request: unknown,
    parts: Outcome['parts'],
    error: unknown,
  ): Promise<Outcome> {
    const settlement = { ...base.settlement, nextRequest: no };
    if (error instanceof UnknownOutcome) {
      return {
        ...base,
        parts,
        settlement: { ...settlement, state: 2, requests: null, error: { code: 'unknown', message: error.message } },
        waitMs: options.unknownMs,
      };
    }
    const refusal =
      error instanceof SendError
        ? error
        : new SendError('unexpected', { providerMessage: (error as Error).message }, { cause: error });
    if (!(error instanceof SendError))
      log.error({ err: error, delivery: job.delivery }, 'An adapter threw something unexpected.');
    const told = { code: refusal.code, message: refusal.message, providerCode: refusal.detail.providerCode };
    if (refusal.detail.scope === 'channel' && refusal.detail.retryAfterMs) {
      rates.pause(job.ch, tools.now().getTime() + refusal.detail.retryAfterMs);
      await pauseChannel(db, job.ws, job.ch, refusal.detail.retryAfterMs);
    }
    if (refusal.detail.movedTo && job.attempts < 3) {
      // The chat lives elsewhere now: the next try goes there, at once.
      await moveAddress(db, { ws: job.ws, ch: job.ch }, undefined, { from: job.thread, to: refusal.detail.movedTo });
      return { ...base, parts, settlement: { ...settlement, state: 0, requests: null, error: told }, waitMs: 0 };
    }
    if (refusal.code === 'bad_credentials') {
      await markChannel(db, job.ws, job.ch, 'error', refusal.message);
      await tools.registry.refresh(channel.id);
    }
    const waiting = refusal.code === 'bad_credentials' || refusal.code === 'rate_limited';
    if (refusal.retry || refusal.code === 'bad_credentials') {
      if (waiting || job.attempts + 1 < options.maxAttempts) {
        const waitMs = Math.max(
          refusal.detail.retryAfterMs ?? 0,
          refusal.detail.retryAfterMs ? tools.random() * 250 : backoffMs(job.attempts + 1, tools.random),
        );
        return {
          ...base,
          parts,
          settlement: { ...settlement, state: 0, requests: null, uncount: waiting, error: told },
          waitMs,
        };
      }
    }
    return {
      ...base,
      parts: [...parts, partRow(base, no, 'failed', { request, error: told })],
      settlement: { ...settlement, state: 4, done: true, requests: null, error: told },
    };
  }

  const renewal = setInterval(
    () => {
      if (underWay.size === 0) return;
      const lanes = [...underWay.values()].map((lane) => ({ ws: lane.ws, id: lane.id }));
      db.tx((tx) => renewLanes(tx, 'delivery', token, options.leaseSeconds, lanes)).catch((error) =>
        log.warn({ err: error }, 'Leases could not be renewed.'),
      );
    },
    (options.leaseSeconds * 1_000) / 3,
  );

  function again(): void {
    if (stopping) return;
    if (looking) {
      lookAgain = true;
      return;
    }
    clearTimeout(timer);
    looking = look()
      .catch((error) => log.warn({ err: error }, 'The queue could not be read.'))
      .then(() => {
        looking = undefined;
        if (lookAgain) {
          lookAgain = false;
          again();
        } else if (!stopping) {
          const soonest = Math.min(...blocked.values(), Number.POSITIVE_INFINITY) - Date.now();
          timer = setTimeout(again, Math.max(5, Math.min(options.pollMs, soonest)));
        }
      });
  }

  const worker: Worker = {
    wake: again,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await looking;
      while (underWay.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      clearInterval(renewal);
      await settle.idle();
    },
  };
  again();
  return worker;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What is kept of a provider's answer: enough to show, bounded. */
function answerOf(sent: Sent): unknown {
  const text = cleanJson(sent.raw ?? null);
  return text.length > 4_000 ? { cut: text.slice(0, 4_000) } : JSON.parse(text);
}
