import type { Tx } from './db.ts';

/** A piece of evidence about one part of a delivery, or waiting to be told which. `state` is a rank of protocol/delivery.ts. */
export interface ReceiptRow {
  id: string;
  ws: string;
  ch: string;
  ext: string | null;
  part: string | null;
  delivery: string | null;
  no: number | null;
  state: number;
  error: unknown;
  at: string;
  jid: string | null;
  jno: number | null;
}

/** The parts these provider ids belong to. An id we do not know yet is missing from the answer. */
export async function findParts(
  tx: Tx,
  asked: readonly { ws: string; ch: string; ext: string }[],
): Promise<{ ch: string; ext: string; delivery: string; no: number }[]> {
  if (asked.length === 0) return [];
  const found = await tx.query<{ ch: string; ext: string; delivery: string; no: number }>({
    name: 'receipts-find-parts',
    text: `select distinct replace(p.channel_id::text, '-', '') as ch, p.external_id as ext, replace(p.delivery_id::text, '-', '') as delivery, p.no
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, ext text)
      join delivery_parts p on p.workspace_id = x.ws and p.channel_id = x.ch and p.external_id = x.ext`,
    values: [JSON.stringify(asked)],
  });
  return found.rows;
}

/** The parts sent to an identity up to a moment: what a watermark speaks of. */
export async function findPartsUpTo(
  tx: Tx,
  ws: string,
  identity: string,
  upTo: Date,
  below: number,
): Promise<{ delivery: string; no: number }[]> {
  const found = await tx.query<{ delivery: string; no: number }>({
    name: 'receipts-up-to',
    text: `select replace(p.delivery_id::text, '-', '') as delivery, p.no
      from deliveries d join delivery_parts p on p.workspace_id = d.workspace_id and p.delivery_id = d.id
      where d.workspace_id = $1 and d.identity_id = $2 and d.sent_at <= $3 and d.state in (3, 5) and p.state < $4`,
    values: [ws, identity, upTo, below],
  });
  return found.rows;
}

/** The parts sent to an identity before another: what a receipt means that names the last message only. */
export async function findPartsBefore(
  tx: Tx,
  ws: string,
  identity: string,
  last: { delivery: string; no: number },
  below: number,
): Promise<{ delivery: string; no: number }[]> {
  const found = await tx.query<{ delivery: string; no: number }>({
    name: 'receipts-before',
    text: `select replace(p.delivery_id::text, '-', '') as delivery, p.no
      from deliveries d join delivery_parts p on p.workspace_id = d.workspace_id and p.delivery_id = d.id
      where d.workspace_id = $1 and d.identity_id = $2 and d.state in (3, 5) and p.state < $5
        and (case when d.id = $3 then p.no < $4
          else d.sent_at <= (select sent_at from deliveries where workspace_id = $1 and id = $3) end)`,
    values: [ws, identity, last.delivery, last.no, below],
  });
  return found.rows;
}

/** Keeps the evidence. */
export async function insertReceipts(tx: Tx, rows: string): Promise<void> {
  await tx.query({
    name: 'receipts-insert',
    text: `insert into receipts (workspace_id, id, channel_id, external_id, part_key, delivery_id, part_no, state, error, at, journal_id, journal_no)
      select ws, id, ch, ext, part, delivery, no, state, error, at, jid, jno
      from json_to_recordset($1::json) as x(id uuid, ws uuid, ch uuid, ext text, part text, delivery uuid, no smallint, state smallint, error jsonb, at timestamptz, jid uuid, jno smallint)
      on conflict do nothing`,
    values: [rows],
  });
}

/** Locks deliveries in sorted order: everything under one delivery is written by whoever holds its row. Answers those that exist on that channel. */
export async function lockDeliveries(
  tx: Tx,
  deliveries: readonly { ws: string; id: string; ch?: string }[],
): Promise<Set<string>> {
  const locked = await tx.query<{ id: string }>({
    name: 'lock-deliveries',
    text: `select replace(d.id::text, '-', '') as id
      from (select distinct ws, id, ch from json_to_recordset($1::json) as x(ws uuid, id uuid, ch uuid)) x
      join deliveries d on d.workspace_id = x.ws and d.id = x.id and (x.ch is null or d.channel_id = x.ch)
      order by d.workspace_id, d.id for update of d`,
    values: [JSON.stringify(deliveries)],
  });
  return new Set(locked.rows.map((row) => row.id));
}

/** Raises parts to what the evidence says: the lattice's join. A part not written yet (its answer never came) is made from the evidence. */
export async function raiseParts(tx: Tx, rows: string): Promise<void> {
  await tx.query({
    name: 'receipts-raise-parts',
    text: `insert into delivery_parts (workspace_id, delivery_id, no, channel_id, part_key, external_id, state, error)
      select ws, delivery, no, (array_agg(ch))[1], 'dlv_' || replace(delivery::text, '-', '') || '.' || no, max(ext), max(state), (array_agg(error order by state desc))[1]
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, delivery uuid, no smallint, ext text, state smallint, error jsonb)
      group by ws, delivery, no
      on conflict (workspace_id, delivery_id, no) do update set
        state = greatest(delivery_parts.state, excluded.state),
        external_id = coalesce(delivery_parts.external_id, excluded.external_id),
        error = case when excluded.state = 4 and delivery_parts.state < 4 then excluded.error else delivery_parts.error end`,
    values: [rows],
  });
}

/**
 * Derives each delivery's state anew from its parts: the worst part's, once all its requests are out. Writes the event of every change.
 * Callers hold the deliveries' locks. Answers what changed.
 */
export async function deriveStates(
  tx: Tx,
  deliveries: readonly { ws: string; id: string; at: string }[],
): Promise<{ id: string; state: number }[]> {
  if (deliveries.length === 0) return [];
  const changed = await tx.query<{ id: string; state: number }>({
    name: 'receipts-derive',
    text: `with x as (
        select ws, id, max(at) as at from json_to_recordset($1::json) as x(ws uuid, id uuid, at timestamptz) group by ws, id
      ), worst as (
        select d.workspace_id, d.id, x.at,
          case when bool_or(p.state = 4) then 4 when count(*) < d.requests then least(min(p.state), 1) else min(p.state) end as state,
          (array_agg(p.error) filter (where p.state = 4))[1] as error
        from x cross join lateral (select * from deliveries d where d.workspace_id = x.ws and d.id = x.id limit 1) d
        cross join lateral (select * from delivery_parts p where p.workspace_id = x.ws and p.delivery_id = x.id offset 0) p
        where d.requests is not null
        group by d.workspace_id, d.id, d.requests, x.at
      ), raised as (
        update deliveries d set state = w.state,
          -- Proof of delivery beats a report of failure and takes it back: the only way down, so that any order of evidence ends the same.
          error = case when w.state = 4 then coalesce(w.error, d.error) else null end,
          sent_at = case when w.state >= 3 and w.state <> 4 then coalesce(d.sent_at, w.at) else d.sent_at end,
          delivered_at = case when w.state >= 5 then coalesce(d.delivered_at, w.at) else d.delivered_at end,
          read_at = case when w.state = 6 then coalesce(d.read_at, w.at) else d.read_at end,
          failed_at = case when w.state = 4 then coalesce(d.failed_at, w.at) else d.failed_at end
        from worst w
        where d.workspace_id = w.workspace_id and d.id = w.id and (w.state > d.state or (d.state = 4 and w.state <> 4))
        returning d.workspace_id, d.id, d.message_id, d.channel_id, d.conversation_id, d.state, d.error
      ), told as (
        insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
        select workspace_id, 'message.' || (array['queued','sending','unknown','sent','failed','delivered','read'])[state + 1], message_id, channel_id, conversation_id,
          case when error is null then '{}'::jsonb else jsonb_build_object('error', error) end
        from raised where state >= 3 order by id
      )
      select replace(id::text, '-', '') as id, state::int from raised`,
    values: [JSON.stringify(deliveries)],
  });
  return changed.rows;
}

/** Evidence that waited for a provider id which is known by now: joins it to its parts. Answers what to raise. */
export async function matchWaiting(
  tx: Tx,
  olderThanMs: number,
  limit: number,
): Promise<
  { ws: string; ch: string; delivery: string; no: number; ext: string; state: number; error: unknown; at: string }[]
> {
  const found = await tx.query(
    `with due as (
       select r.workspace_id, r.id, p.delivery_id, p.no from receipts r
       join delivery_parts p on p.workspace_id = r.workspace_id and p.channel_id = r.channel_id and p.external_id = r.external_id
       where r.delivery_id is null and r.echo is null and r.received_at > now() - interval '1 day' and r.received_at <= now() - make_interval(secs => $1 / 1000.0)
       order by r.workspace_id, r.id limit $2
       for update of r skip locked
     )
     update receipts r set delivery_id = due.delivery_id, part_no = due.no
     from due where r.workspace_id = due.workspace_id and r.id = due.id
     returning replace(r.workspace_id::text, '-', '') as ws, replace(r.channel_id::text, '-', '') as ch, replace(r.delivery_id::text, '-', '') as delivery,
       r.part_no as no, r.external_id as ext, r.state::int as state, r.error, r.at`,
    [olderThanMs, limit],
  );
  return found.rows as never;
}

/** Evidence waiting for these very provider ids, claimed for the deliveries that have just learnt them. */
export async function claimWaiting(
  tx: Tx,
  known: readonly { ws: string; ch: string; ext: string; delivery: string; no: number }[],
): Promise<
  { ws: string; ch: string; delivery: string; no: number; ext: string; state: number; error: unknown; at: string }[]
> {
  if (known.length === 0) return [];
  const found = await tx.query({
    name: 'receipts-claim-waiting',
    text: `update receipts r set delivery_id = x.delivery, part_no = x.no
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, ext text, delivery uuid, no smallint)
      where r.workspace_id = x.ws and r.channel_id = x.ch and r.external_id = x.ext and r.delivery_id is null
      returning replace(r.workspace_id::text, '-', '') as ws, replace(r.channel_id::text, '-', '') as ch, replace(r.delivery_id::text, '-', '') as delivery,
        r.part_no as no, r.external_id as ext, r.state::int as state, r.error, r.at`,
    values: [JSON.stringify(known)],
  });
  return found.rows as never;
}

/** For each echo: our own delivery that it is the echo of, or how many of our deliveries to that person are on their way with an unknown id. One snapshot. */
export async function placeEchoes(
  tx: Tx,
  echoes: readonly { ws: string; ch: string; ext: string; idn: string | null }[],
): Promise<{ ext: string; delivery: string | null; no: number | null; under_way: boolean }[]> {
  const found = await tx.query(
    `select x.ext, replace(p.delivery_id::text, '-', '') as delivery, p.no,
       exists (select from deliveries d where d.workspace_id = x.ws and d.channel_id = x.ch and d.identity_id = x.idn and d.lane_id = x.idn and not d.done and d.state in (1, 2)) as under_way
     from json_to_recordset($1::json) as x(ws uuid, ch uuid, ext text, idn uuid)
     left join lateral (select delivery_id, no from delivery_parts p where p.workspace_id = x.ws and p.channel_id = x.ch and p.external_id = x.ext limit 1) p on true`,
    [JSON.stringify(echoes)],
  );
  return found.rows as never;
}

/** Keeps an echo that may be our own words, until the answer to our request says which id it got. */
export async function parkEcho(
  tx: Tx,
  row: { ws: string; id: string; ch: string; ext: string; at: string; message: string },
): Promise<void> {
  await tx.query(
    'insert into receipts (workspace_id, id, channel_id, external_id, state, at, echo) values ($1, $2, $3, $4, 3, $5, $6::jsonb)',
    [row.ws, row.id, row.ch, row.ext, row.at, row.message],
  );
}

/**
 * Echoes parked for longer than that were somebody else's words after all: taken out, to become messages. One that was parked while our
 * answer was being written down, neither seeing the other, is known by its id now, and just goes.
 */
export async function takeParkedEchoes(tx: Tx, olderThanMs: number, limit: number): Promise<unknown[]> {
  const taken = await tx.query<{ echo: unknown }>(
    `with taken as (
       delete from receipts where (workspace_id, id) in (
         select workspace_id, id from receipts where delivery_id is null and echo is not null and received_at <= now() - make_interval(secs => $1 / 1000.0)
         order by workspace_id, id limit $2 for update skip locked)
       returning workspace_id, channel_id, external_id, echo)
     select echo from taken t
     where not exists (select from delivery_parts p where p.workspace_id = t.workspace_id and p.channel_id = t.channel_id and p.external_id = t.external_id)`,
    [olderThanMs, limit],
  );
  return taken.rows.map((row) => row.echo);
}
