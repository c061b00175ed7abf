import type { Tx } from './db.ts';

/** A delivery that waits for its person to write. Ids are uuids in hex. */
export interface Held {
  ws: string;
  delivery: string;
  lane: string;
  ch: string;
  expired: boolean;
}

/** Held deliveries whose window has opened, or whose time is over. */
export async function findHeld(tx: Tx, limit: number): Promise<Held[]> {
  const found = await tx.query<Held>({
    name: 'held-find',
    text: `select replace(d.workspace_id::text, '-', '') as ws, replace(d.id::text, '-', '') as delivery, replace(d.lane_id::text, '-', '') as lane,
        replace(d.channel_id::text, '-', '') as ch, d.held_until <= now() as expired
      from deliveries d left join identities i on i.workspace_id = d.workspace_id and i.id = d.identity_id
      where d.held_until is not null and (d.held_until <= now() or i.window_until > now())
      order by d.workspace_id, d.lane_id, d.seq limit $1`,
    values: [limit],
  });
  return found.rows;
}

/** Puts held deliveries back into their lanes, in the order they were held. Lanes first, in sorted order, and numbers after them, as for any send. */
export async function releaseHeld(tx: Tx, held: readonly Held[]): Promise<number> {
  await touchLanes(tx, held);
  const released = await tx.query<{ count: number }>({
    name: 'held-release',
    text: `with x as (
        select d.workspace_id, d.id from json_to_recordset($1::json) as x(ws uuid, delivery uuid)
        join deliveries d on d.workspace_id = x.ws and d.id = x.delivery and d.held_until is not null
        order by d.workspace_id, d.lane_id, d.seq for update of d
      ), released as (
        update deliveries d set held_until = null, done = false, seq = nextval('deliveries_seq'), error = null
        from x where d.workspace_id = x.workspace_id and d.id = x.id
        returning d.workspace_id, d.lane_id
      ), counted as (select workspace_id, lane_id, count(*) as n from released group by workspace_id, lane_id
      ), queued as (
        update lanes l set pending = l.pending + n, ready_at = case when l.pending = 0 then greatest(l.ready_at, now()) else l.ready_at end
        from counted c where l.workspace_id = c.workspace_id and l.kind = 'delivery' and l.id = c.lane_id
      )
      select count(*)::int as count from released`,
    values: [JSON.stringify(held)],
  });
  return released.rows[0]!.count;
}

/** Gives up deliveries that were held for too long. */
export async function expireHeld(tx: Tx, held: readonly Held[], error: object): Promise<void> {
  await tx.query({
    name: 'held-expire',
    text: `with x as (
        select d.workspace_id, d.id from json_to_recordset($1::json) as x(ws uuid, delivery uuid)
        join deliveries d on d.workspace_id = x.ws and d.id = x.delivery and d.held_until is not null
        order by d.workspace_id, d.id for update of d
      ), expired as (
        update deliveries d set held_until = null, state = 4, failed_at = now(), error = $2::jsonb
        from x where d.workspace_id = x.workspace_id and d.id = x.id
        returning d.workspace_id, d.message_id, d.channel_id, d.conversation_id
      )
      insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
      select workspace_id, 'message.failed', message_id, channel_id, conversation_id, jsonb_build_object('error', $2::jsonb) from expired order by message_id`,
    values: [JSON.stringify(held), JSON.stringify(error)],
  });
}

/** Makes the lanes that are not there yet, and locks them all. */
async function touchLanes(tx: Tx, held: readonly Held[]): Promise<void> {
  await tx.query({
    name: 'held-lanes',
    text: `insert into lanes (workspace_id, kind, id, channel_id, pending)
      select distinct ws, 'delivery', lane, ch, 0 from json_to_recordset($1::json) as x(ws uuid, lane uuid, ch uuid) order by ws, lane
      on conflict (workspace_id, kind, id) do update set pending = lanes.pending`,
    values: [JSON.stringify(held)],
  });
}
