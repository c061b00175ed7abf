import type { Content } from '@tributary/protocol';
import { cleanJson, cleanText, type Tx } from './db.ts';

/** The reading side of the log for open sockets and streams, and what a returning visitor is shown. Ids are uuids in hex. */

/** A place in the log: everything up to it has been read. Transactions are ordered before rows, because a row's number says nothing of when it committed. */
export interface Place {
  xid: bigint;
  seq: bigint;
}

export interface LogRow {
  ws: string;
  xid: string;
  seq: number;
  type: string;
  subject: string | null;
  channel: string | null;
  conversation: string | null;
  data: Record<string, unknown>;
  at: Date;
}

const hex = (column: string): string => `replace(${column}::text, '-', '')`;
const ROW = `${hex('e.workspace_id')} as ws, e.xid::text as xid, e.seq, e.type, ${hex('e.subject_id')} as subject,
  ${hex('e.channel_id')} as channel, ${hex('e.conversation_id')} as conversation, e.data, e.at`;

/** Where "now" is: every transaction below has ended, and whatever is still to commit comes after. */
export async function readHorizon(tx: Tx): Promise<Place> {
  const found = await tx.query<{ xmin: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as xmin');
  return { xid: BigInt(found.rows[0]!.xmin), seq: 0n };
}

/** What somebody listens for. `types` of null means all. */
export interface TailFilter {
  workspaces: readonly string[];
  types: readonly string[] | null;
}

/**
 * The next rows of the log after a place, in order, below the oldest transaction still running: so a row that commits late is never behind
 * the reader. `horizon` is as far as the very same snapshot saw.
 */
export async function readTail(
  tx: Tx,
  after: Place,
  filter: TailFilter,
  limit: number,
): Promise<{ rows: LogRow[]; horizon: Place }> {
  const found = await tx.query<LogRow & { horizon: string; xid: string | null }>({
    name: 'sockets-tail',
    text: `with seen as (select pg_snapshot_xmin(pg_current_snapshot()) as xmin)
      select seen.xmin::text as horizon, e.* from seen left join lateral (
        select ${ROW} from events e
        where (e.xid, e.seq) > ($1::xid8, $2::bigint) and e.xid < seen.xmin
          and e.workspace_id = any($3::uuid[]) and ($4::text[] is null or e.type = any($4))
        order by e.xid, e.seq limit $5
      ) e on true`,
    values: [String(after.xid), String(after.seq), filter.workspaces, filter.types, limit],
  });
  const rows = found.rows.filter((row) => row.xid !== null);
  return { rows, horizon: { xid: BigInt(found.rows[0]!.horizon), seq: 0n } };
}

/** What of the log somebody who was away may have missed. */
export interface MissedFilter {
  ws: string;
  subject?: string;
  types?: readonly string[];
  /** Types that are left out. */
  except?: readonly string[];
}

/** The rows after one place up to another, in order. Both places must lie below the horizon. */
export async function readMissed(
  tx: Tx,
  filter: MissedFilter,
  after: Place,
  upTo: Place,
  limit: number,
): Promise<LogRow[]> {
  const found = await tx.query<LogRow>({
    name: 'sockets-missed',
    text: `select ${ROW} from events e
      where e.workspace_id = $1 and (e.xid, e.seq) > ($2::xid8, $3::bigint) and (e.xid, e.seq) <= ($4::xid8, $5::bigint)
        and ($6::uuid is null or e.subject_id = $6) and ($7::text[] is null or e.type = any($7))
        and ($8::text[] is null or e.type <> all($8))
      order by e.xid, e.seq limit $9`,
    values: [
      filter.ws,
      String(after.xid),
      String(after.seq),
      String(upTo.xid),
      String(upTo.seq),
      filter.subject ?? null,
      filter.types ?? null,
      filter.except ?? null,
      limit,
    ],
  });
  return found.rows;
}

export interface NewFrame {
  ws: string;
  channel: string;
  /** Looked up by its address when absent. */
  identity?: string;
  kind: string;
  visitor: string;
  frame: unknown;
}

/** Appends a frame to the log, under the identity it is for. */
export async function insertFrame(tx: Tx, frame: NewFrame): Promise<void> {
  await tx.query({
    name: 'sockets-frame',
    text: `insert into events (workspace_id, type, subject_id, channel_id, data)
      values ($1, 'socket.frame', coalesce($3::uuid,
        (select identity_id from addresses where workspace_id = $1 and channel_id = $2 and kind = $4 and value = $5)), $2, $6)`,
    values: [
      frame.ws,
      frame.channel,
      frame.identity ?? null,
      frame.kind,
      cleanText(frame.visitor),
      cleanJson({ visitor: frame.visitor, frame: frame.frame }),
    ],
  });
}

/** The identity behind an address, once somebody has written from it. */
export async function findIdentity(
  tx: Tx,
  ws: string,
  channel: string,
  kind: string,
  value: string,
): Promise<string | undefined> {
  const found = await tx.query<{ id: string }>({
    name: 'sockets-identity',
    text: `select ${hex('identity_id')} as id from addresses where workspace_id = $1 and channel_id = $2 and kind = $3 and value = $4`,
    values: [ws, channel, kind, value],
  });
  return found.rows[0]?.id;
}

/** A message of a thread as its reader saw it: with the parts it was sent in, when it was ours. */
export interface HistoryRow {
  direction: 'inbound' | 'outbound';
  external_id: string | null;
  reply_to: string | null;
  content: Content;
  said_at: Date;
  edited: boolean;
  parts: { key: string; state: number; request: unknown }[] | null;
}

/** The newest messages of a thread, oldest first. Parts that failed were never seen, so they are left out. */
export async function readThread(
  tx: Tx,
  ws: string,
  channel: string,
  thread: string,
  limit: number,
): Promise<HistoryRow[]> {
  const found = await tx.query<HistoryRow>({
    name: 'sockets-thread',
    text: `select m.direction, m.external_id, m.reply_to, m.content, m.said_at, m.edited_at is not null as edited, p.parts
      from conversations c
      cross join lateral (
        select * from messages m where m.workspace_id = c.workspace_id and m.conversation_id = c.id and m.erased_at is null
        order by m.id desc limit $4
      ) m
      left join lateral (
        select json_agg(json_build_object('key', p.part_key, 'state', p.state, 'request', p.request) order by d.seq, p.no) as parts
        from deliveries d join delivery_parts p on p.workspace_id = d.workspace_id and p.delivery_id = d.id
        where d.workspace_id = m.workspace_id and d.message_id = m.id and p.state <> 4
      ) p on m.direction = 'outbound'
      where c.workspace_id = $1 and c.channel_id = $2 and c.thread_key = $3
      order by m.id`,
    values: [ws, channel, thread, limit],
  });
  return found.rows;
}

/** The frames of the last minutes, oldest first: a delivery that has been published may not have been settled yet. */
export async function readRecentFrames(tx: Tx, ws: string, identity: string, limit: number): Promise<unknown[]> {
  const found = await tx.query<{ frame: unknown }>({
    name: 'sockets-recent',
    text: `select frame from (
        select data -> 'frame' as frame, xid, seq from events
        where workspace_id = $1 and subject_id = $2 and type = 'socket.frame' and at > now() - interval '10 minutes'
        order by xid desc, seq desc limit $3
      ) newest order by xid, seq`,
    values: [ws, identity, limit],
  });
  return found.rows.map((row) => row.frame);
}
