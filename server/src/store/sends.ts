import { cleanJson, type Tx } from './db.ts';

/** One outbound message and its delivery, as written. Ids are uuids in hex. */
export interface SendRow {
  ord: number;
  ws: string;
  message: string;
  delivery: string;
  conv: string;
  ch: string;
  idn: string | null;
  /** The identity, or the conversation of a group: order of sending is order within a lane. */
  lane: string;
  author: string;
  authorId: string | null;
  ct: string;
  content: unknown;
  sender: string;
  recipient: string;
  reply: string | null;
  meta: unknown;
  onUnknown: string | null;
  options: unknown;
  /** Waits outside its lane for the person to write, until then. */
  heldUntil: string | null;
}

/**
 * Queues messages: the lanes first, in sorted order, then the deliveries take their numbers, so that within a lane the order of numbers is the
 * order of commits. The events are written in the same transaction.
 */
export async function insertSends(tx: Tx, rows: readonly SendRow[]): Promise<void> {
  if (rows.length === 0) return;
  const json = cleanJson(rows);
  await tx.query({
    name: 'sends-lanes',
    text: `insert into lanes (workspace_id, kind, id, channel_id, pending)
      select ws, 'delivery', lane, ch, count(*) filter (where "heldUntil" is null) from json_to_recordset($1::json) as x(ws uuid, lane uuid, ch uuid, "heldUntil" timestamptz)
      group by ws, lane, ch order by ws, lane
      on conflict (workspace_id, kind, id) do update set pending = lanes.pending + excluded.pending,
        ready_at = case when lanes.pending = 0 then greatest(lanes.ready_at, now()) else lanes.ready_at end`,
    values: [json],
  });
  await tx.query({
    name: 'sends-messages',
    text: `with x as materialized (
        select * from json_to_recordset($1::json) as x(ord int, ws uuid, message uuid, delivery uuid, conv uuid, ch uuid, idn uuid, lane uuid, author text,
          "authorId" uuid, ct text, content jsonb, sender text, recipient text, reply text, meta jsonb, "onUnknown" text, options jsonb, "heldUntil" timestamptz)
      ), m as (
        insert into messages (workspace_id, id, conversation_id, channel_id, identity_id, direction, author, author_id, content_type, content, sender, recipient, reply_to, metadata, said_at)
        select ws, message, conv, ch, idn, 'outbound', author, "authorId", ct, content, sender, recipient, reply, meta, now() from x order by ord
      ), d as (
        insert into deliveries (workspace_id, id, message_id, conversation_id, channel_id, identity_id, lane_id, on_unknown, options, held_until, done)
        select ws, delivery, message, conv, ch, idn, lane, "onUnknown", options, "heldUntil", "heldUntil" is not null from x order by ord
      )
      insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
      select ws, 'message.queued', message, ch, conv, '{}' from x order by ord`,
    values: [json],
  });
}

export interface Destination {
  conversation: string;
  channel: string;
  identity: string | null;
  kind: 'direct' | 'group';
  thread: string;
  addressKind: string | null;
  address: string | null;
  contact: string | null;
  windowUntil: Date | null;
  consent: string | null;
}

/** Where a message into a conversation goes. */
export async function findDestination(tx: Tx, ws: string, conversation: string): Promise<Destination | undefined> {
  const found = await tx.query<Destination>({
    name: 'sends-destination',
    text: `select replace(c.id::text, '-', '') as conversation, replace(c.channel_id::text, '-', '') as channel, replace(c.identity_id::text, '-', '') as identity,
        c.kind, c.thread_key as thread, i.kind as "addressKind", i.value as address, replace(i.contact_id::text, '-', '') as contact, i.window_until as "windowUntil", i.consent
      from conversations c left join identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      where c.workspace_id = $1 and c.id = $2`,
    values: [ws, conversation],
  });
  return found.rows[0];
}

/**
 * When the person last wrote in a conversation: asked of the messages themselves, because the identity's window is folded from the log a moment
 * later, and whoever answers at once must not find it closed.
 */
export async function lastHeard(tx: Tx, ws: string, conversation: string): Promise<Date | undefined> {
  const found = await tx.query<{ at: Date }>(
    `select said_at as at from messages where workspace_id = $1 and conversation_id = $2 and direction = 'inbound' order by id desc limit 1`,
    [ws, conversation],
  );
  return found.rows[0]?.at;
}

/** The identity on that channel of a contact, the one seen last. */
export async function findIdentityOfContact(
  tx: Tx,
  ws: string,
  channel: string,
  contact: string,
): Promise<{ kind: string; value: string } | undefined> {
  const found = await tx.query<{ kind: string; value: string }>(
    'select kind, value from identities where workspace_id = $1 and channel_id = $2 and contact_id = $3 order by last_seen_at desc nulls last limit 1',
    [ws, channel, contact],
  );
  return found.rows[0];
}
