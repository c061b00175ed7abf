import type { ChannelAdapter } from '@tributary/channels';
import { toId } from '@tributary/protocol';
import type { Logger } from 'pino';
import type { Db, Tx } from '../store/db.ts';
import type { LogRow } from '../store/events.ts';
import {
  type ChannelPulse,
  type ConversationDelta,
  foldChannels,
  foldConversations,
  foldIdentities,
  type Heard,
} from '../store/fold.ts';
import type { Registry } from '../store/registry.ts';
import { followLog, type LogReader } from './reader.ts';

/** Under load, what many messages change in one conversation is written once: rows of conversations and identities are dear to change. */
const PACE_MS = 500;
const BATCH = 5_000;
const SAID = ['message.received', 'message.queued', 'message.echoed'];

/**
 * Follows the log and folds what was said into the conversations' counters, the people's windows and the channels' pulses, off the road of the
 * messages themselves.
 */
export function startCounters(tools: {
  db: Db;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  log: Logger;
}): LogReader {
  const hoursOf = (channelId: string | null): number | null => {
    const channel = channelId ? tools.registry.known(toId('channel', channelId)) : undefined;
    return (channel && tools.adapterOf(channel.type)?.capabilities(channel.config).window?.hours) ?? null;
  };
  return followLog(
    tools.db,
    'counters',
    async (tx, rows) => {
      await fold(tx, rows, hoursOf);
      return undefined;
    },
    tools.log,
    { types: SAID, paceMs: PACE_MS, batch: BATCH },
  );
}

async function fold(
  tx: Tx,
  rows: readonly LogRow[],
  hoursOf: (channel: string | null) => number | null,
): Promise<void> {
  const conversations = new Map<string, ConversationDelta>();
  const channels = new Map<string, ChannelPulse>();
  const heard: Heard[] = [];
  for (const row of rows) {
    if (!row.subject || !row.conversation) continue;
    const at = row.at.toISOString();
    const inbound = row.type === 'message.received';
    const delta = conversations.get(row.conversation) ?? {
      ws: row.ws,
      conv: row.conversation,
      messages: 0,
      unread: 0,
      last: row.subject,
      lastAt: at,
      inboundAt: null,
    };
    delta.messages++;
    delta.last = row.subject;
    delta.lastAt = at;
    if (inbound) {
      delta.unread++;
      delta.inboundAt = at;
      heard.push({ ws: row.ws, message: row.subject, hours: hoursOf(row.channel) });
    }
    conversations.set(row.conversation, delta);
    if (!row.channel) continue;
    const pulse = channels.get(row.channel) ?? { ws: row.ws, ch: row.channel, inAt: null, outAt: null };
    if (inbound) pulse.inAt = at;
    else pulse.outAt = at;
    channels.set(row.channel, pulse);
  }
  if (conversations.size === 0) return;
  await foldConversations(tx, [...conversations.values()]);
  await foldChannels(tx, [...channels.values()]);
  if (heard.length > 0) await foldIdentities(tx, heard);
}
