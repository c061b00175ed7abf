import type { ChannelAdapter, Io } from '@tributary/channels';
import { newUuid, SEND_ERRORS, SendError, uuidOf } from '@tributary/protocol';
import type { Logger } from 'pino';
import { keepLooking, type Lookout } from '../outbound/lookout.ts';
import type { Db } from '../store/db.ts';
import { markChannel } from '../store/deliveries.ts';
import { claimListeners, releaseListeners } from '../store/pending.ts';
import type { Channel, Registry } from '../store/registry.ts';
import type { Drops } from './drops.ts';
import type { IntakeLine } from './intake.ts';
import { takeIn } from './read.ts';

export interface ListenTools {
  db: Db;
  registry: Registry;
  /** Every adapter there is. */
  adapters: readonly ChannelAdapter[];
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  intake: IntakeLine;
  drops: Drops;
  log: Logger;
  options?: Partial<ListenOptions>;
}
export interface ListenOptions {
  /** How often channels are looked through, and leases renewed. */
  everyMs: number;
  leaseSeconds: number;
  /** The first wait after a connection broke; it doubles up to a minute. */
  backoffMs: number;
}
const DEFAULTS: ListenOptions = { everyMs: 1_000, leaseSeconds: 10, backoffMs: 1_000 };
const LONGEST_WAIT_MS = 60_000;

interface Listener {
  channel: Channel;
  config: string;
  ending: AbortController;
  ended: Promise<void>;
}

/**
 * Fetches for the channels whose providers do not push: one process at a time for each, under a lease, so that another takes over where one dies.
 * What was fetched and how far that is are committed together. A channel that is changed, paused or deleted is let go, and begun anew as it is now.
 */
export function startListening(tools: ListenTools): Lookout {
  const options = { ...DEFAULTS, ...tools.options };
  const token = newUuid();
  const running = new Map<string, Listener>();
  /** Channels that were asked for and belong to somebody else for now. */
  const taken = new Set<string>();
  let askedAt = 0;

  async function look(): Promise<void> {
    const wanted = new Map(listening(tools).map((one) => [one.channel.id as string, one]));
    for (const [id, listener] of running) {
      const now = wanted.get(id)?.channel;
      if (!now || JSON.stringify(now.config) !== listener.config) await end(id, listener);
    }
    const isDue = Date.now() - askedAt > (options.leaseSeconds * 1_000) / 3;
    const isNew = [...wanted.keys()].some((id) => !running.has(id) && !taken.has(id));
    if (wanted.size === 0 || !(isDue || isNew)) return;
    askedAt = Date.now();
    // One statement renews what is ours and takes what is free.
    const all = [...wanted.values()].map(({ channel }) => ({
      ws: uuidOf(channel.workspaceId),
      ch: uuidOf(channel.id),
    }));
    const ours = await claimListeners(tools.db, token, options.leaseSeconds, all);
    const held = new Map(ours.map((one) => [one.channelId, one.cursor]));
    for (const [id, listener] of running) if (!held.has(id)) await end(id, listener);
    taken.clear();
    for (const id of wanted.keys()) if (!held.has(id as Channel['id'])) taken.add(id);
    for (const [id, cursor] of held) {
      const one = wanted.get(id);
      if (one && !running.has(id)) begin(one.channel, one.adapter, cursor);
    }
  }

  function begin(channel: Channel, adapter: ChannelAdapter, cursor: string | null): void {
    const ending = new AbortController();
    const ended = listen(channel, adapter, cursor, ending.signal, token, tools, options)
      .catch((error) => tools.log.error({ err: error, channel: channel.id }, 'Listening to a channel ended.'))
      .finally(() => {
        if (running.get(channel.id)?.ending === ending) running.delete(channel.id);
      });
    running.set(channel.id, { channel, config: JSON.stringify(channel.config), ending, ended });
  }

  async function end(id: string, listener: Listener): Promise<void> {
    listener.ending.abort();
    await listener.ended;
    running.delete(id);
  }

  const lookout = keepLooking(look, {
    restMs: () => options.everyMs,
    failed: (error) => tools.log.warn({ err: error }, 'The channels that fetch could not be looked through.'),
  });
  return {
    wake: lookout.wake,
    async stop() {
      await lookout.stop();
      for (const listener of running.values()) listener.ending.abort();
      await Promise.all([...running].map(([id, listener]) => end(id, listener)));
      // Whoever looks next need not wait for the lease to run out.
      await releaseListeners(tools.db, token).catch(() => {});
    },
  };
}

function listening({ registry, adapters }: ListenTools): { channel: Channel; adapter: ChannelAdapter }[] {
  return adapters
    .filter((adapter) => adapter.listen)
    .flatMap((adapter) => registry.byType(adapter.type).map((channel) => ({ channel, adapter })))
    .filter(({ channel, adapter }) => channel.status === 'active' && (adapter.listens?.(channel.config) ?? true));
}

/** Fetches until it is told to end; begins again, later and later, when the connection breaks. */
async function listen(
  channel: Channel,
  adapter: ChannelAdapter,
  from: string | null,
  signal: AbortSignal,
  token: string,
  { ioFor, intake, drops, log, db, registry }: ListenTools,
  options: ListenOptions,
): Promise<void> {
  let cursor = from;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const io = { ...ioFor(channel, adapter), signal };
      for await (const fetched of adapter.listen!(channel.config, io, cursor)) {
        const progress = { token, cursor: fetched.cursor };
        await intake.accept([{ ...takeIn(fetched.request, channel, adapter, drops), progress }]);
        cursor = fetched.cursor;
        failures = 0;
        if (signal.aborted) break;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof SendError && error.code === 'bad_credentials') {
        const says = error.detail.providerMessage ?? SEND_ERRORS.bad_credentials.says;
        await markChannel(db, uuidOf(channel.workspaceId), uuidOf(channel.id), 'error', says);
        await registry.refresh(channel.id);
        return;
      }
      log.warn({ err: error, channel: channel.id }, 'A channel could not be listened to; it is tried again.');
    }
    await pause(Math.min(LONGEST_WAIT_MS, options.backoffMs * 2 ** failures++), signal);
  }
}

/** Waits, unless there is no more reason to. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
