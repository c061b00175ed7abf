import type { Tx } from './db.ts';

/** What happened in a conversation since the last fold: deltas, never absolute counts. Ids are uuids in hex. */
export interface ConversationDelta {
  ws: string;
  conv: string;
  messages: number;
  unread: number;
  last: string;
  lastAt: string;
  inboundAt: string | null;
}

/**
 * Folds deltas of the log into the conversations' counters, off the hot path, in sorted order. An inbound message reopens what was resolved
 * or snoozed; the event says so.
 */
export async function foldConversations(tx: Tx, deltas: readonly ConversationDelta[]): Promise<void> {
  await tx.query({
    name: 'fold-conversations',
    text: `with x as (
        select x.*, c.status as before from json_to_recordset($1::json) as x(ws uuid, conv uuid, messages int, unread int, last uuid, "lastAt" timestamptz, "inboundAt" timestamptz)
        join conversations c on c.workspace_id = x.ws and c.id = x.conv
        order by c.workspace_id, c.id for update of c
      ), folded as (
        update conversations c set message_count = c.message_count + x.messages, unread_count = c.unread_count + x.unread,
          last_message_id = x.last, last_message_at = greatest(c.last_message_at, x."lastAt"), last_inbound_at = greatest(c.last_inbound_at, x."inboundAt"),
          status = case when x."inboundAt" is not null and c.status in ('resolved', 'snoozed') then 'open' else c.status end, updated_at = now()
        from x where c.workspace_id = x.ws and c.id = x.conv
      )
      insert into events (workspace_id, type, subject_id, conversation_id, data)
      select ws, 'conversation.reopened', conv, conv, jsonb_build_object('previousStatus', before) from x where "inboundAt" is not null and before in ('resolved', 'snoozed')`,
    values: [JSON.stringify(deltas)],
  });
}

/** A message somebody wrote, and for how many hours it opens their window; null where the channel has none. */
export interface Heard {
  ws: string;
  message: string;
  hours: number | null;
}

/** Opens the windows of those who wrote, from the moment they wrote, and remembers when they were seen. */
export async function foldIdentities(tx: Tx, heard: readonly Heard[]): Promise<void> {
  await tx.query({
    name: 'fold-identities',
    text: `with x as (
        select m.workspace_id, m.identity_id, max(m.said_at) as at, max(m.said_at + make_interval(hours => x.hours)) as until
        from json_to_recordset($1::json) as x(ws uuid, message uuid, hours int)
        cross join lateral (select * from messages m where m.workspace_id = x.ws and m.id = x.message limit 1) m
        where m.identity_id is not null
        group by m.workspace_id, m.identity_id
      )
      update identities i set last_seen_at = greatest(i.last_seen_at, x.at), window_until = greatest(i.window_until, x.until)
      from (select i.workspace_id, i.id, x.at, x.until from x join identities i on i.workspace_id = x.workspace_id and i.id = x.identity_id
        order by i.workspace_id, i.id for update of i) x
      where i.workspace_id = x.workspace_id and i.id = x.id
        -- To the minute: whoever would refuse for a closed window asks the messages themselves first.
        and (i.last_seen_at is null or x.at > i.last_seen_at + interval '1 minute'
          or (x.until is not null and (i.window_until is null or x.until > i.window_until + interval '1 minute')))`,
    values: [JSON.stringify(heard)],
  });
}

/** When a channel was last heard and last spoke. */
export interface ChannelPulse {
  ws: string;
  ch: string;
  inAt: string | null;
  outAt: string | null;
}

/** Writes the pulses; once a minute is enough to see that a channel is alive. */
export async function foldChannels(tx: Tx, rows: readonly ChannelPulse[]): Promise<void> {
  await tx.query({
    name: 'fold-channels',
    text: `update channels c set last_inbound_at = greatest(c.last_inbound_at, x."inAt"), last_outbound_at = greatest(c.last_outbound_at, x."outAt")
      from (select * from json_to_recordset($1::json) as x(ws uuid, ch uuid, "inAt" timestamptz, "outAt" timestamptz) order by ws, ch) x
      where c.workspace_id = x.ws and c.id = x.ch
        and (c.last_inbound_at is null or c.last_outbound_at is null or greatest(x."inAt", x."outAt") > least(c.last_inbound_at, c.last_outbound_at) + interval '1 minute'
          or (x."inAt" > c.last_inbound_at + interval '1 minute') or (x."outAt" > c.last_outbound_at + interval '1 minute'))`,
    values: [JSON.stringify(rows)],
  });
}
