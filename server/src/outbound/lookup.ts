import type { ChannelAdapter, Io, Sent } from '@tributary/channels';
import { SendError, UnknownOutcome } from '@tributary/protocol';
import type { Db } from '../store/db.ts';
import type { Job } from '../store/deliveries.ts';
import { findParts } from '../store/receipts.ts';
import type { Channel } from '../store/registry.ts';
import type { Said } from './say.ts';

/**
 * Asks the provider what has become of the request whose answer never came: the message that it made, or that it made none. `unknown` where the
 * provider cannot tell, or cannot be asked just now: then the channel's own way with unknown outcomes holds. What it finds may be another message of
 * ours that said the same; such a find is none.
 */
export async function lookUp(
  db: Db,
  job: Job,
  { requests }: Said,
  channel: Channel,
  adapter: ChannelAdapter,
  io: Io,
  now: Date,
): Promise<Sent | 'absent' | 'unknown'> {
  const asked = requests[job.nextRequest];
  if (!adapter.lookup || !asked) return 'unknown';
  const at = new Date(now.getTime() - (job.attemptAgeMs ?? 0));
  try {
    const found = await adapter.lookup({ ...asked, at }, channel.config, io);
    if (typeof found === 'string') return found;
    const named = found.externalIds.map((ext) => ({ ws: job.ws, ch: job.ch, ext }));
    const known = await db.tx((tx) => findParts(tx, named));
    return known.some(({ delivery }) => delivery !== job.delivery) ? 'absent' : found;
  } catch (error) {
    if (error instanceof SendError || error instanceof UnknownOutcome) return 'unknown';
    throw error;
  }
}
