import { uuidOf } from '@tributary/protocol';
import { addDrops } from '../store/accept.ts';
import type { Db } from '../store/db.ts';
import type { Channel } from '../store/registry.ts';

/** Why the door did not store something. `ignored` is journalled and counted, the others are only counted. */
export type DropReason = 'bad_signature' | 'other_account' | 'ignored';

export interface Drops {
  count(channel: Channel, reason: DropReason): void;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Counts in memory what is turned away, and adds it to the database every `everyMs`: a flood of forgeries costs no write each. */
export function countDrops(db: Db, everyMs = 1_000): Drops {
  let counts = new Map<string, { ws: string; ch: string; reason: string; count: number }>();
  const flush = async (): Promise<void> => {
    if (counts.size === 0) return;
    const rows = counts;
    counts = new Map();
    try {
      await addDrops(db, [...rows.values()]);
    } catch {
      // Counted again with the next flush.
      for (const [key, row] of rows) {
        const newer = counts.get(key);
        if (newer) newer.count += row.count;
        else counts.set(key, row);
      }
    }
  };
  const timer = setInterval(flush, everyMs);
  timer.unref();
  return {
    count(channel, reason) {
      const key = `${channel.id} ${reason}`;
      const row = counts.get(key);
      if (row) row.count++;
      else counts.set(key, { ws: uuidOf(channel.workspaceId), ch: uuidOf(channel.id), reason, count: 1 });
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
