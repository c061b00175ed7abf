import type { Content } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';

/** A channel to say a message on when it did not come far enough on the one before. */
export interface FailoverStep {
  /** A channel's id, or a channel type of which the workspace has one. */
  channel: string;
  /** After so many seconds without `until`; absent: only when it fails. */
  afterSeconds?: number;
  until: 'sent' | 'delivered' | 'read';
  /** Said there instead. */
  content?: Content;
}

/** A message whose time is over, with all that is needed to say it elsewhere. Ids are uuids in hex. */
export interface DueFailover {
  ws: string;
  message: string;
  until: number;
  steps: FailoverStep[];
  state: number;
  delivery: string;
  channel: string;
  content: Content;
  author: 'agent' | 'bot' | 'system' | 'api';
  authorId: string | null;
  metadata: Record<string, unknown>;
  options: Record<string, unknown> | null;
  contact: string | null;
  kind: string | null;
  value: string | null;
}

/** Remembers what to do when a message does not arrive. `due` in seconds from now; absent: only when it fails. */
export async function insertFailover(
  tx: Tx,
  row: { ws: string; message: string; until: number; steps: readonly FailoverStep[]; due?: number },
): Promise<void> {
  await tx.query(
    `insert into failovers (workspace_id, message_id, until, steps, due_at)
      values ($1, $2, $3, $4, case when $5::float8 is null then 'infinity' else now() + make_interval(secs => $5) end)`,
    [row.ws, row.message, row.until, cleanJson(row.steps), row.due ?? null],
  );
}

/** Messages that have failed do not wait for their time. */
export async function hastenFailovers(tx: Tx, messages: readonly { ws: string; message: string }[]): Promise<number> {
  const hastened = await tx.query({
    name: 'failovers-hasten',
    text: `update failovers f set due_at = now() from json_to_recordset($1::json) as x(ws uuid, message uuid)
      where f.workspace_id = x.ws and f.message_id = x.message and f.due_at > now()`,
    values: [JSON.stringify(messages)],
  });
  return hastened.rowCount ?? 0;
}

/** Takes one message whose time is over out of the list; nobody else takes it while this transaction lives. */
export async function takeDueFailover(tx: Tx): Promise<DueFailover | undefined> {
  const taken = await tx.query<DueFailover>({
    name: 'failovers-take',
    text: `with due as (
        delete from failovers f using (
          select workspace_id, message_id from failovers where due_at <= now() order by due_at limit 1 for update skip locked
        ) c where f.workspace_id = c.workspace_id and f.message_id = c.message_id
        returning f.*
      )
      select replace(due.workspace_id::text, '-', '') as ws, replace(due.message_id::text, '-', '') as message, due.until::int, due.steps,
        d.state::int as state, replace(d.id::text, '-', '') as delivery, replace(d.channel_id::text, '-', '') as channel, d.options,
        m.content, m.author, replace(m.author_id::text, '-', '') as "authorId", m.metadata,
        replace(i.contact_id::text, '-', '') as contact, i.kind, i.value
      from due
      join deliveries d on d.workspace_id = due.workspace_id and d.message_id = due.message_id
      join messages m on m.workspace_id = due.workspace_id and m.id = due.message_id
      left join identities i on i.workspace_id = due.workspace_id and i.id = d.identity_id`,
  });
  return taken.rows[0];
}

/**
 * Takes back what is late and has not begun to be sent, so that it is not said after all: it fails with `error`. Lanes are locked before deliveries, in
 * sorted order, as everywhere.
 */
export async function withdrawLate(tx: Tx, error: object): Promise<void> {
  const late = await tx.query<{ lane: string }>({
    name: 'failovers-late',
    text: `select replace(d.lane_id::text, '-', '') as lane, replace(d.workspace_id::text, '-', '') as ws, replace(d.id::text, '-', '') as delivery
      from (select * from failovers where due_at <= now() order by due_at limit 100) f
      join deliveries d on d.workspace_id = f.workspace_id and d.message_id = f.message_id
      where d.state = 0 and d.next_request = 0 and (not d.done or d.held_until is not null)`,
  });
  if (late.rows.length === 0) return;
  const rows = JSON.stringify(late.rows);
  await tx.query({
    name: 'failovers-lanes',
    text: `select 1 from lanes l where l.kind = 'delivery' and (l.workspace_id, l.id) in (select ws, lane from json_to_recordset($1::json) as x(ws uuid, lane uuid))
      order by l.workspace_id, l.id for update`,
    values: [rows],
  });
  await tx.query({
    name: 'failovers-withdraw',
    text: `with x as (
        select d.workspace_id, d.id, d.held_until from json_to_recordset($1::json) as x(ws uuid, delivery uuid)
        join deliveries d on d.workspace_id = x.ws and d.id = x.delivery
        where d.state = 0 and d.next_request = 0 and (not d.done or d.held_until is not null)
        order by d.workspace_id, d.id for update of d
      ), withdrawn as (
        update deliveries d set state = 4, done = true, held_until = null, failed_at = now(), error = $2::jsonb
        from x where d.workspace_id = x.workspace_id and d.id = x.id
        returning d.workspace_id, d.lane_id, d.message_id, d.channel_id, d.conversation_id, x.held_until is null as queued
      ), counted as (
        select workspace_id, lane_id, count(*) as n from withdrawn where queued group by workspace_id, lane_id
      ), left_ as (
        update lanes l set pending = l.pending - n from counted c where l.workspace_id = c.workspace_id and l.kind = 'delivery' and l.id = c.lane_id
      )
      insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
      select workspace_id, 'message.failed', message_id, channel_id, conversation_id, jsonb_build_object('error', $2::jsonb) from withdrawn order by message_id`,
    values: [rows, JSON.stringify(error)],
  });
}

/** What the provider called the parts of a delivery that it has taken. */
export async function externalIdsOf(tx: Tx, ws: string, delivery: string): Promise<string[]> {
  const found = await tx.query<{ id: string }>(
    'select external_id as id from delivery_parts where workspace_id = $1 and delivery_id = $2 and external_id is not null order by no',
    [ws, delivery],
  );
  return found.rows.map((row) => row.id);
}

/** The workspace's channels of a type, the oldest first. */
export async function channelsOfType(tx: Tx, ws: string, type: string): Promise<string[]> {
  const found = await tx.query<{ id: string }>(
    `select replace(id::text, '-', '') as id from channels where workspace_id = $1 and type = $2 and deleted_at is null and status in ('active', 'connecting')
      order by created_at`,
    [ws, type],
  );
  return found.rows.map((row) => row.id);
}
