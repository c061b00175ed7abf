import type { Address, ChannelAdapter, InboundEvent, Io, Profile } from '@tributary/channels';
import { SendError, uuidOf } from '@tributary/protocol';
import type { Logger } from 'pino';
import { findAddresses, insertEvents, updateProfiles } from '../store/accept.ts';
import { cleanJson, type Db, type Tx } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';
import { BoundedMap } from './bounded_map.ts';

export interface IntroduceTools {
  db: Db;
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  log: Logger;
  /** Called after every commit that wrote events. */
  committed(): void;
  now(): Date;
}

/** Learns who people are whose words do not tell. */
export interface Introductions {
  /** Somebody wrote or tapped, and it is committed. Returns at once. */
  meet(channel: Channel, adapter: ChannelAdapter, events: readonly InboundEvent[]): void;
  wake(): void;
  /** Asks no more; resolves when the questions under way have ended. */
  stop(): Promise<void>;
}

interface Stranger {
  key: string;
  channel: Channel;
  adapter: ChannelAdapter;
  address: Address;
}

const AT_ONCE = 4;
const WAITING_MAX = 1_000;
const REMEMBERED_MAX = 20_000;
/** Names change, and links to pictures end after some days. */
const AGAIN_MS = 24 * 3_600_000;

/**
 * Asks the provider for a person’s profile where their messages carry none (Messenger, Instagram, LINE), once a day in each process. Best effort,
 * beside the road: what is lost in a crash is asked again with the person’s next word.
 */
export function startIntroductions(tools: IntroduceTools): Introductions {
  const asked = new BoundedMap<string, number>(REMEMBERED_MAX);
  const waiting: Stranger[] = [];
  const running = new Set<Promise<void>>();
  let stopped = false;

  function pump(): void {
    while (!stopped && running.size < AT_ONCE) {
      const stranger = waiting.shift();
      if (!stranger) return;
      const work = introduce(stranger, tools)
        .catch((error: unknown) => {
          // A provider out of reach just now is asked with the next word; a refusal stands for the day.
          if (!(error instanceof SendError) || error.retry) asked.delete(stranger.key);
          tools.log.debug({ err: error, channel: stranger.channel.id }, 'Nobody could tell who a person is.');
        })
        .finally(() => {
          running.delete(work);
          pump();
        });
      running.add(work);
    }
  }

  return {
    meet(channel, adapter, events) {
      if (!adapter.profile || stopped) return;
      const at = tools.now().getTime();
      for (const event of events) {
        const address = strangerIn(event);
        if (!address || waiting.length >= WAITING_MAX) continue;
        const key = `${channel.id} ${address.kind} ${address.value}`;
        if (at - (asked.get(key) ?? 0) < AGAIN_MS) continue;
        asked.set(key, at);
        waiting.push({ key, channel, adapter, address });
      }
      pump();
    },
    wake: pump,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** Whoever spoke without saying their name. */
function strangerIn(event: InboundEvent): Address | undefined {
  if (event.type !== 'message' && event.type !== 'action') return undefined;
  if (event.profile?.name || (event.type === 'message' && event.echo) || event.thread.kind !== 'direct')
    return undefined;
  return event.from;
}

async function introduce({ channel, adapter, address }: Stranger, tools: IntroduceTools): Promise<void> {
  const profile = await adapter.profile?.(address, channel.config, tools.ioFor(channel, adapter));
  if (!profile || Object.keys(profile).length === 0) return;
  if (await tools.db.tx((tx) => writeDown(tx, channel, address, profile))) tools.committed();
}

async function writeDown(tx: Tx, channel: Channel, { kind, value }: Address, profile: Profile): Promise<boolean> {
  const ws = uuidOf(channel.workspaceId);
  const ch = uuidOf(channel.id);
  const [found] = await findAddresses(tx, [{ ws, ch, kind, value }]);
  if (!found) return false;
  await updateProfiles(tx, cleanJson([{ ws, identity: found.identity, profile }]));
  const data = { name: profile.name, picture: profile.picture };
  await insertEvents(tx, cleanJson([{ ord: 0, ws, type: 'identity.profile', subject: found.identity, ch, data }]));
  return true;
}
