import type { ChannelAdapter, Io } from '@tributary/channels';
import type { Logger } from 'pino';
import { readChannel, updateChannel } from '../store/channels.ts';
import type { Db } from '../store/db.ts';
import type { Channel, Registry } from '../store/registry.ts';
import type { Seal } from '../store/seal.ts';
import { keepLooking, type Lookout } from './lookout.ts';

export interface RenewTools {
  db: Db;
  seal: Seal;
  registry: Registry;
  adapters: readonly ChannelAdapter[];
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  log: Logger;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Renews credentials that expire (Instagram’s token lives sixty days): at the start, and once a day. Every process with workers does, which is
 * harmless: a provider’s older token lives on beside the newer. What cannot be renewed today is told, and tried tomorrow.
 */
export function startRenewals(tools: RenewTools): Lookout {
  return keepLooking(() => renewAll(tools), {
    restMs: () => DAY_MS,
    failed: (error) =>
      tools.log.warn({ err: error }, 'Credentials could not be renewed; they are tried again tomorrow.'),
  });
}

/** One round over all channels in use whose credentials expire. */
export async function renewAll(tools: RenewTools): Promise<void> {
  for (const adapter of tools.adapters.filter((one) => one.refresh)) {
    for (const channel of tools.registry.byType(adapter.type)) {
      // A channel that is just connecting is written back by whoever connects it.
      if (channel.status === 'inactive' || channel.status === 'connecting') continue;
      await renew(channel, adapter, tools).catch((error: unknown) =>
        tools.log.warn({ err: error, channel: channel.id }, 'A channel’s credentials could not be renewed today.'),
      );
    }
  }
}

async function renew(channel: Channel, adapter: ChannelAdapter, tools: RenewTools): Promise<void> {
  const { db, seal, registry } = tools;
  const fresh = await adapter.refresh?.(channel.config, tools.ioFor(channel, adapter));
  if (!fresh || Object.entries(fresh).every(([name, value]) => channel.config[name] === value)) return;
  const written = await db.tx(async (tx) => {
    const current = await readChannel(tx, seal, channel.workspaceId, channel.id, true);
    // Somebody entered other credentials meanwhile: those are theirs to keep.
    const same = current && Object.keys(fresh).every((name) => current.config[name] === channel.config[name]);
    if (!current || !same) return false;
    await updateChannel(tx, seal, { ...current, config: { ...current.config, ...fresh } });
    return true;
  });
  if (written) await registry.refresh(channel.id);
}
