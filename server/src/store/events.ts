import type { Tx } from './db.ts';

/** A row of the log. `xid` and `seq` together are its place; ids are uuids. */
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
export interface LogPlace {
  xid: string;
  seq: number;
}

/** Takes a reader's cursor for this transaction; undefined when another process has it. A reader met for the first time starts at the beginning. */
export async function takeCursor(tx: Tx, name: string): Promise<LogPlace | undefined> {
  const found = await tx.query<{ xid: string; seq: number }>({
    name: 'cursor-take',
    text: 'select xid::text, seq from cursors where name = $1 for update skip locked',
    values: [name],
  });
  if (found.rows[0]) return found.rows[0];
  // Another process has it, or it is not there yet.
  const made = await tx.query<{ xid: string; seq: number }>({
    name: 'cursor-make',
    text: 'insert into cursors (name) values ($1) on conflict do nothing returning xid::text, seq',
    values: [name],
  });
  return made.rows[0];
}

/** Remembers how far a reader has come; with what it did, in one transaction. */
export async function saveCursor(tx: Tx, name: string, place: LogPlace): Promise<void> {
  await tx.query({
    name: 'cursor-save',
    text: 'update cursors set xid = $2::xid8, seq = $3, updated_at = now() where name = $1',
    values: [name, place.xid, place.seq],
  });
}

/**
 * The log after a place, in order, as far as it can no longer change: below the oldest transaction still running, so that an event committed late
 * is never skipped. The order names the table's column: an output column of the same name, text, would win and put 1000 before 999. Only rows of
 * the `types` are handed out; `last` says how far was read all the same, and `read` how many rows that were.
 */
export async function readLog(
  tx: Tx,
  after: LogPlace,
  limit: number,
  types: readonly string[] | null = null,
): Promise<{ rows: LogRow[]; last?: LogPlace; read: number }> {
  const found = await tx.query<LogRow & { wanted: boolean; read: number }>({
    name: 'log-read',
    text: `with page as materialized (
        select * from events e where (e.xid, e.seq) > ($1::xid8, $2::bigint) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
        order by e.xid, e.seq limit $3
      ), ending as (
        select p.xid, p.seq from page p order by p.xid desc, p.seq desc limit 1
      )
      select replace(p.workspace_id::text, '-', '') as ws, p.xid::text as xid, p.seq, p.type, replace(p.subject_id::text, '-', '') as subject,
        replace(p.channel_id::text, '-', '') as channel, replace(p.conversation_id::text, '-', '') as conversation, p.data, p.at,
        ($4::text[] is null or p.type = any($4)) as wanted, (select count(*)::int from page) as read
      from page p, ending
      where $4::text[] is null or p.type = any($4) or (p.xid = ending.xid and p.seq = ending.seq)
      order by p.xid, p.seq`,
    values: [after.xid, after.seq, limit, types],
  });
  const last = found.rows.at(-1);
  return {
    rows: found.rows.filter((row) => row.wanted),
    last: last && { xid: last.xid, seq: last.seq },
    read: last?.read ?? 0,
  };
}
