import type { Logger } from 'pino';
import type { Db, Tx } from '../store/db.ts';
import { type ClaimedLane, claimLanes, type LaneKind, renewLanes } from '../store/lanes.ts';

export interface HeldLanes {
  readonly size: number;
  /**
   * Claims lanes in a transaction of its own, and holds those for which `begin` answers a job: their leases are renewed until they are let go. A
   * lane that is still held here is left out, though its lease ran out while the database was away. Should the commit fail, nothing is held.
   */
  claim<Job extends { ws: string; lane: string }>(
    asked: { limit: number; notChannels: readonly string[] },
    begin: (tx: Tx, lanes: ClaimedLane[]) => Promise<Job[]>,
  ): Promise<{ claimed: number; jobs: Job[] }>;
  letGo(ws: string, id: string): ClaimedLane | undefined;
  /** Resolves once every lane has been let go; renews until then. */
  end(): Promise<void>;
}

/** The lanes a worker of this process is working on, under its lease. */
export function holdLanes(tools: {
  db: Db;
  log: Logger;
  kind: LaneKind;
  token: string;
  leaseSeconds: number;
}): HeldLanes {
  const { db, log, kind, token, leaseSeconds } = tools;
  const held = new Map<string, ClaimedLane>();
  const keyOf = (ws: string, id: string): string => `${ws} ${id}`;

  const renewal = setInterval(
    () => {
      if (held.size === 0) return;
      const lanes = [...held.values()].map(({ ws, id }) => ({ ws, id }));
      db.tx((tx) => renewLanes(tx, kind, token, leaseSeconds, lanes)).catch((error) =>
        log.warn({ err: error }, 'Leases could not be renewed.'),
      );
    },
    (leaseSeconds * 1_000) / 3,
  );

  return {
    get size() {
      return held.size;
    },
    async claim({ limit, notChannels }, begin) {
      const found = await db.tx(async (tx) => {
        const claimed = await claimLanes(tx, kind, token, leaseSeconds, limit, notChannels);
        const lanes = claimed.filter((lane) => !held.has(keyOf(lane.ws, lane.id)));
        return { claimed, jobs: lanes.length > 0 ? await begin(tx, lanes) : [] };
      });
      // Only now: what a lost commit had claimed would be held for ever.
      const byKey = new Map(found.claimed.map((lane) => [keyOf(lane.ws, lane.id), lane]));
      for (const job of found.jobs) held.set(keyOf(job.ws, job.lane), byKey.get(keyOf(job.ws, job.lane))!);
      return { claimed: found.claimed.length, jobs: found.jobs };
    },
    letGo(ws, id) {
      const lane = held.get(keyOf(ws, id));
      held.delete(keyOf(ws, id));
      return lane;
    },
    async end() {
      while (held.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      clearInterval(renewal);
    },
  };
}
