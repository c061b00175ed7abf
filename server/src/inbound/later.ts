import type { ChannelAdapter, InboundEvent } from '@tributary/channels';
import { toId } from '@tributary/protocol';
import type { Logger } from 'pino';
import { keepLooking, type Lookout } from '../outbound/lookout.ts';
import { isAway } from '../store/away.ts';
import type { Db } from '../store/db.ts';
import { claimPending, type PendingPage, rulePages } from '../store/pending.ts';
import type { Channel, Registry } from '../store/registry.ts';
import type { Seal } from '../store/seal.ts';
import type { Drops } from './drops.ts';
import type { IntakeLine } from './intake.ts';
import { openPage } from './journal.ts';
import { takeInNow } from './read.ts';

export interface LaterTools {
  db: Db;
  seal: Seal;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  intake: IntakeLine;
  drops: Drops;
  log: Logger;
  /** What was accepted, once it is committed. */
  accepted(channel: Channel, adapter: ChannelAdapter, events: readonly InboundEvent[]): void;
  options?: Partial<LaterOptions>;
}
export interface LaterOptions {
  pollMs: number;
  /** Pages taken at once: each may be large, and all are in memory. */
  most: number;
  leaseSeconds: number;
  readMs: number;
  /** A page is given up when so many readings of it began and none ended. */
  maxAttempts: number;
}
const DEFAULTS: LaterOptions = { pollMs: 1_000, most: 2, leaseSeconds: 45, readMs: 15_000, maxAttempts: 3 };

/**
 * Reads, oldest first and one at a time, what was journalled and answered before it was read. What cannot be read is marked and stays replayable;
 * a page whose reading ended the process is marked after the third time, so that one bad mail never stops the others.
 */
export function startReading(tools: LaterTools): Lookout {
  const options = { ...DEFAULTS, ...tools.options };
  let stopping = false;

  async function look(): Promise<void> {
    for (;;) {
      if (stopping) return;
      const pages = await claimPending(tools.db, options.most, options.leaseSeconds);
      for (const page of pages) await readPage(page, tools, options);
      if (pages.length < options.most) return;
    }
  }

  const lookout = keepLooking(look, {
    restMs: () => options.pollMs,
    failed: (error) => tools.log.warn({ err: error }, 'What waits to be read could not be looked at.'),
  });
  return {
    wake: lookout.wake,
    async stop() {
      stopping = true;
      await lookout.stop();
    },
  };
}

async function readPage(page: PendingPage, tools: LaterTools, options: LaterOptions): Promise<void> {
  const { db, log } = tools;
  const rule = (verdict: 'unparsed' | 'unaccepted', error: string): Promise<void> =>
    rulePages(db, [{ ws: page.ws, id: page.id, verdict, error }]);
  if (page.attempts > options.maxAttempts)
    return rule('unparsed', `Reading it was begun ${options.maxAttempts} times and never ended.`);
  const channel = await tools.registry.get(toId('channel', page.ch));
  const adapter = channel && tools.adapterOf(channel.type);
  if (!channel || !adapter) return rule('unaccepted', 'The channel was deleted before this was read.');
  try {
    const [request] = openPage(page.page, tools.seal);
    if (!request) return rule('unparsed', 'The page holds no request.');
    const intake = await takeInNow(request, channel, adapter, tools.drops, options.readMs);
    if (intake.fault)
      log.warn({ channel: channel.id, page: page.id }, `A request could not be read: ${intake.fault.error}`);
    await tools.intake.accept([{ ...intake, page: page.id }]);
    tools.accepted(channel, adapter, intake.events);
  } catch (error) {
    // While the database is away nothing is marked either; the lease runs out and the page is read again.
    if (isAway(error)) throw error;
    log.error({ err: error, channel: channel.id, page: page.id }, 'What was read could not be accepted.');
    await rule('unaccepted', (error as Error).message);
  }
}
