import type { Content } from '@tributary/protocol';
import type { Tx } from './db.ts';
import type { SendOptions } from './send_options.ts';

/** The head of a claimed lane: a delivery with all that is needed to say it. `state` is what it was before this claim. */
export interface Job {
  ws: string;
  lane: string;
  delivery: string;
  message: string;
  conversation: string;
  ch: string;
  identity: string | null;
  state: number;
  attempts: number;
  resends: number;
  onUnknown: 'resend' | 'hold' | null;
  nextRequest: number;
  /** Milliseconds since the last attempt began. */
  attemptAgeMs: number | null;
  content: Content;
  thread: string;
  threadKind: 'direct' | 'group';
  kind: string | null;
  value: string | null;
  locale: string | null;
  replyTo: string | null;
  consent: string | null;
  author: 'agent' | 'bot' | 'system' | 'api';
  options: SendOptions | null;
  windowUntil: Date | null;
  aliases: { kind: string; value: string }[] | null;
  /** The call that is open with the person: what the provider calls it. */
  session: string | null;
  /** A program says it in answer to something. */
  answers: boolean;
  /** The person's newest message, and what was told beside the words of the one that is answered, for adapters that ask for it. */
  newest?: Newest;
  replyMetadata?: Record<string, unknown>;
}

/**
 * Reads the heads of claimed lanes and marks them as being sent: from here on a crash leaves them `sending`, whose outcome nobody knows.
 * A head that is `sending` already was left so by a crash, and is not marked again. Each look-up is lateral and limited: joined plainly, the planner
 * may take the workspace's half of a key alone and walk all its rows, as long as it believes that they are few.
 */
export async function startHeads(tx: Tx, lanes: readonly { ws: string; id: string }[]): Promise<Job[]> {
  const heads = await tx.query<Job>({
    name: 'deliveries-start',
    text: `with head as materialized (
        select d.*, x.lane from json_to_recordset($1::json) as x(ws uuid, id uuid, lane uuid)
        cross join lateral (select * from deliveries d where d.workspace_id = x.ws and d.lane_id = x.id and not d.done order by d.seq limit 1) d
        order by d.workspace_id, d.id
      ), marked as (
        update deliveries d set state = 1, attempts = d.attempts + 1, attempt_at = now()
        from head where d.workspace_id = head.workspace_id and d.id = head.id and head.state in (0, 2)
      )
      select replace(d.workspace_id::text, '-', '') as ws, replace(d.lane_id::text, '-', '') as lane, replace(d.id::text, '-', '') as delivery,
        replace(d.message_id::text, '-', '') as message, replace(d.conversation_id::text, '-', '') as conversation, replace(d.channel_id::text, '-', '') as ch,
        replace(d.identity_id::text, '-', '') as identity, d.state::int as state, d.attempts, d.resends, d.on_unknown as "onUnknown", d.next_request as "nextRequest",
        (extract(epoch from (now() - d.attempt_at)) * 1000)::float8 as "attemptAgeMs",
        m.content, c.thread_key as thread, c.kind as "threadKind", i.kind, i.value, i.profile->>'locale' as locale, i.consent, m.author, d.options, i.window_until as "windowUntil",
        case when (i.call->>'until')::timestamptz > now() then i.call->>'id' end as session, m.metadata ? 'answers' as answers,
        case when m.reply_to ~ '^msg_[0-9a-f]{32}$' then coalesce(
          (select r.external_id from messages r where r.workspace_id = d.workspace_id and r.id = substr(m.reply_to, 5)::uuid),
          (select p.external_id from deliveries rd join delivery_parts p on p.workspace_id = rd.workspace_id and p.delivery_id = rd.id
            where rd.workspace_id = d.workspace_id and rd.message_id = substr(m.reply_to, 5)::uuid order by p.no limit 1))
          when m.reply_to like 'msg\\_%' then null else m.reply_to end as "replyTo",
        (select json_agg(json_build_object('kind', a.kind, 'value', a.value)) from addresses a
          where a.workspace_id = d.workspace_id and a.channel_id = d.channel_id and i.kind = 'scoped_id' and a.kind = 'phone' and a.identity_id = d.identity_id) as aliases
      from head d
      cross join lateral (select * from messages m where m.workspace_id = d.workspace_id and m.id = d.message_id limit 1) m
      cross join lateral (select * from conversations c where c.workspace_id = d.workspace_id and c.id = d.conversation_id limit 1) c
      left join lateral (select * from identities i where i.workspace_id = d.workspace_id and i.id = d.identity_id limit 1) i on true`,
    values: [JSON.stringify(lanes)],
  });
  return heads.rows;
}

/** A message of the person's, as its provider called it. */
export interface Newest {
  externalId: string;
  at: Date;
  metadata: Record<string, unknown>;
}

/** What was told beside the words of the message that a message answers; nothing where that one is not kept here. */
export async function metadataOfReplied(
  tx: Tx,
  ws: string,
  message: string,
): Promise<Record<string, unknown> | undefined> {
  const found = await tx.query<{ metadata: Record<string, unknown> }>({
    name: 'deliveries-replied',
    text: `select r.metadata from messages m join messages r on r.workspace_id = m.workspace_id and r.id = substr(m.reply_to, 5)::uuid
      where m.workspace_id = $1 and m.id = $2 and m.reply_to ~ '^msg_[0-9a-f]{32}$'`,
    values: [ws, message],
  });
  return found.rows[0]?.metadata;
}

/** The newest message that the person wrote in a conversation; what a program wrote for them does not count. */
export async function newestInbound(tx: Tx, ws: string, conversation: string): Promise<Newest | undefined> {
  const found = await tx.query<Newest>({
    name: 'deliveries-newest',
    text: `select external_id as "externalId", said_at as at, metadata from messages
      where workspace_id = $1 and conversation_id = $2 and direction = 'inbound' and external_id is not null and not metadata ? 'automatic'
      order by id desc limit 1`,
    values: [ws, conversation],
  });
  return found.rows[0];
}

/** How a request fared. */
export interface PartRow {
  ws: string;
  ch: string;
  delivery: string;
  no: number;
  key: string;
  ext: string | null;
  more: string[] | null;
  state: number;
  request: unknown;
  answer: unknown;
  error: unknown;
  /** The call that this opened with the person. */
  call?: { identity: string; id: string; since: string };
}

/** Remembers parts as they are sent. State and id only ever rise: a receipt may have come before the answer. */
export async function writeParts(tx: Tx, parts: string): Promise<void> {
  await tx.query({
    name: 'deliveries-parts',
    text: `insert into delivery_parts (workspace_id, delivery_id, no, channel_id, part_key, external_id, more_external_ids, state, request, answer, error)
      select ws, delivery, no, ch, key, ext, (select array_agg(v) from json_array_elements_text(more) v), state, request, answer, error
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, delivery uuid, no smallint, key text, ext text, more json, state smallint, request jsonb, answer jsonb, error jsonb)
      on conflict (workspace_id, delivery_id, no) do update set
        state = greatest(delivery_parts.state, excluded.state), external_id = coalesce(excluded.external_id, delivery_parts.external_id),
        more_external_ids = excluded.more_external_ids, request = excluded.request, answer = excluded.answer,
        error = coalesce(excluded.error, delivery_parts.error), attempt_at = now()`,
    values: [parts],
  });
}

/** Moves on to the next request of a message of several parts. */
export async function advance(tx: Tx, ws: string, delivery: string, nextRequest: number): Promise<void> {
  await tx.query({
    name: 'deliveries-advance',
    text: 'update deliveries set next_request = $3, attempt_at = now() where workspace_id = $1 and id = $2',
    values: [ws, delivery, nextRequest],
  });
}

/** What the worker found out about a delivery. */
export interface Settlement {
  ws: string;
  delivery: string;
  /** queued again, unknown, failed; `null` leaves it to what the parts say. */
  state: 0 | 2 | 4 | null;
  done: boolean;
  requests: number | null;
  nextRequest: number;
  resends: number;
  /** An attempt that never reached the provider is not counted. */
  uncount: boolean;
  error: unknown;
  losses: unknown;
  payloads: unknown;
  /** Taken out of its lane, to wait for the person to write. */
  heldUntil: string | null;
}

/** Writes what the worker found out, and the event of a failure. Callers hold the deliveries' locks. */
export async function settleDeliveries(tx: Tx, settlements: string): Promise<void> {
  await tx.query({
    name: 'deliveries-settle',
    text: `with x as (
        select * from json_to_recordset($1::json) as x(ws uuid, delivery uuid, state smallint, done boolean, requests int, "nextRequest" int, resends int, uncount boolean, error jsonb, losses jsonb, payloads jsonb, "heldUntil" timestamptz)
      ), settled as (
        update deliveries d set
          -- Evidence that came meanwhile is stronger than what we know of the attempt.
          state = case when x.state is null or d.state >= 3 then d.state else x.state end,
          done = x.done, requests = coalesce(x.requests, d.requests), next_request = greatest(d.next_request, x."nextRequest"), resends = d.resends + x.resends,
          attempts = d.attempts - case when x.uncount then 1 else 0 end,
          error = coalesce(x.error, case when x.state is null then null else d.error end), losses = coalesce(x.losses, d.losses), payloads = coalesce(x.payloads, d.payloads),
          held_until = x."heldUntil", failed_at = case when x.state = 4 and d.state < 3 then now() else d.failed_at end
        from x where d.workspace_id = x.ws and d.id = x.delivery
        returning d.workspace_id, d.message_id, d.channel_id, d.conversation_id, d.state, d.error, x.state as asked, x.error as told
      )
      insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
      select workspace_id, case asked when 4 then 'message.failed' else 'delivery.unknown' end, message_id, channel_id, conversation_id, jsonb_build_object('error', told)
      from settled where (asked = 4 and state = 4) or (asked = 2 and state = 2) order by message_id`,
    values: [settlements],
  });
}

/** Opens the choices a message has just offered, and closes those of the message before it. */
export async function writeChoices(tx: Tx, rows: string): Promise<void> {
  await tx.query({
    name: 'deliveries-choices',
    text: `update identities i set choices = x.choices
      from (select * from json_to_recordset($1::json) as x(ws uuid, identity uuid, choices jsonb) order by ws, identity) x
      where i.workspace_id = x.ws and i.id = x.identity and (i.choices is not null or x.choices is not null)`,
    values: [rows],
  });
}

/** Which of a delivery's parts have arrived after all: evidence that came while the outcome was unknown. */
export async function partsOf(tx: Tx, ws: string, delivery: string): Promise<Map<number, number>> {
  const found = await tx.query<{ no: number; state: number }>(
    'select no, state::int as state from delivery_parts where workspace_id = $1 and delivery_id = $2',
    [ws, delivery],
  );
  return new Map(found.rows.map((row) => [row.no, row.state]));
}

/** The channel waits: its provider said so. */
export async function pauseChannel(tx: Tx, ws: string, channel: string, ms: number): Promise<void> {
  await tx.query(
    'update channels set paused_until = greatest(coalesce(paused_until, now()), now() + make_interval(secs => $3 / 1000.0)), updated_at = now() where workspace_id = $1 and id = $2',
    [ws, channel, ms],
  );
}

/** The channel’s credentials were refused, or work again. */
export async function markChannel(
  tx: Tx,
  ws: string,
  channel: string,
  status: 'active' | 'error',
  error: string | null,
): Promise<void> {
  await tx.query(
    `with changed as (update channels set status = $3, error = $4, updated_at = now() where workspace_id = $1 and id = $2 and status <> $3 returning 1)
     insert into events (workspace_id, type, subject_id, channel_id, data) select $1, case $3 when 'error' then 'channel.error' else 'channel.connected' end, $2, $2, jsonb_build_object('error', $4::text) from changed`,
    [ws, channel, status, error],
  );
}
