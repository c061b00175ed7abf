import type { Tx } from './db.ts';

/** The queue: lanes hold the order, leases say who works on one. Claiming lanes and reading their heads are two statements: in one, the read may use a snapshot older than the lock and run a finished job again. */

export type LaneKind = 'delivery' | 'turn';
export interface ClaimedLane {
  ws: string;
  id: string;
  ch: string;
}

/** Takes lanes that are ready, oldest first, for `leaseSeconds`. Lanes of the channels named are left alone. */
export async function claimLanes(
  tx: Tx,
  kind: LaneKind,
  token: string,
  leaseSeconds: number,
  limit: number,
  notChannels: readonly string[],
): Promise<ClaimedLane[]> {
  const claimed = await tx.query<ClaimedLane>({
    name: 'lanes-claim',
    text: `update lanes l set lease_token = $2, lease_until = now() + make_interval(secs => $3)
      from (select workspace_id, kind, id from lanes
        where kind = $1 and pending > 0 and ready_at <= now() and lease_until < now() and channel_id <> all($5::uuid[])
        order by ready_at limit $4 for update skip locked) c
      where l.workspace_id = c.workspace_id and l.kind = c.kind and l.id = c.id
      returning replace(l.workspace_id::text, '-', '') as ws, replace(l.id::text, '-', '') as id, replace(l.channel_id::text, '-', '') as ch`,
    values: [kind, token, leaseSeconds, limit, notChannels],
  });
  return claimed.rows;
}

/** Keeps lanes for longer while their work goes on. */
export async function renewLanes(
  tx: Tx,
  kind: LaneKind,
  token: string,
  leaseSeconds: number,
  lanes: readonly { ws: string; id: string }[],
): Promise<void> {
  await tx.query({
    name: 'lanes-renew',
    text: `update lanes l set lease_until = now() + make_interval(secs => $3)
      from (select l.workspace_id, l.id from json_to_recordset($4::json) as x(ws uuid, id uuid)
        join lanes l on l.workspace_id = x.ws and l.kind = $1 and l.id = x.id and l.lease_token = $2
        order by l.workspace_id, l.id for update of l) c
      where l.workspace_id = c.workspace_id and l.kind = $1 and l.id = c.id`,
    values: [kind, token, leaseSeconds, JSON.stringify(lanes)],
  });
}

/** Locks lanes in sorted order; answers those whose lease is still ours. */
export async function lockLanes(
  tx: Tx,
  kind: LaneKind,
  token: string,
  lanes: readonly { ws: string; id: string }[],
): Promise<Set<string>> {
  const held = await tx.query<{ id: string }>({
    name: 'lanes-lock',
    text: `select replace(l.id::text, '-', '') as id from json_to_recordset($3::json) as x(ws uuid, id uuid)
      join lanes l on l.workspace_id = x.ws and l.kind = $1 and l.id = x.id and l.lease_token = $2
      order by l.workspace_id, l.id for update of l`,
    values: [kind, token, JSON.stringify(lanes)],
  });
  return new Set(held.rows.map((row) => row.id));
}

export interface Release {
  ws: string;
  id: string;
  /** Jobs finished: subtracted from `pending`, never counted anew. */
  done: number;
  /** Not before so many milliseconds from now. */
  waitMs: number;
}

/** Gives lanes back; answers whether any of them has more to do at once. Callers hold their locks. */
export async function releaseLanes(tx: Tx, kind: LaneKind, releases: readonly Release[]): Promise<boolean> {
  if (releases.length === 0) return false;
  const released = await tx.query<{ more: boolean }>({
    name: 'lanes-release',
    text: `update lanes l set pending = l.pending - x.done, lease_until = '-infinity', lease_token = null,
        ready_at = case when x."waitMs" > 0 then now() + make_interval(secs => x."waitMs" / 1000.0) else greatest(l.ready_at, now()) end
      from json_to_recordset($2::json) as x(ws uuid, id uuid, done int, "waitMs" float8)
      where l.workspace_id = x.ws and l.kind = $1 and l.id = x.id
      returning l.pending > 0 and x."waitMs" <= 0 as more`,
    values: [kind, JSON.stringify(releases)],
  });
  return released.rows.some((row) => row.more);
}
