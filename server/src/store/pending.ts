import type { JournalId, WorkspaceId } from '@tributary/protocol';
import { toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';

/** Pages of the journal that wait to be read, and where channels that fetch have come to. Ids are uuids in hex. */

export interface PendingPage {
  ws: string;
  id: string;
  ch: string;
  /** Readings that began, this one included. */
  attempts: number;
  page: Buffer;
}

/** Takes the oldest pages that wait, for `leaseSeconds`. A reading is counted before it begins. */
export async function claimPending(tx: Tx, limit: number, leaseSeconds: number): Promise<PendingPage[]> {
  const claimed = await tx.query<PendingPage>({
    name: 'pending-claim',
    text: `update journal j set attempts = j.attempts + 1, lease_until = now() + make_interval(secs => $2)
      from (select workspace_id, id, received_at from journal
        where verdict = 'pending' and lease_until < now() order by received_at limit $1 for update skip locked) c
      where j.workspace_id = c.workspace_id and j.id = c.id and j.received_at = c.received_at
      returning replace(j.workspace_id::text, '-', '') as ws, replace(j.id::text, '-', '') as id, replace(j.channel_id::text, '-', '') as ch,
        j.attempts::int as attempts, j.page`,
    values: [limit, leaseSeconds],
  });
  return claimed.rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export interface Ruling {
  ws: string;
  id: string;
  verdict: 'accepted' | 'unparsed' | 'unaccepted';
  error: string | null;
}

/** Says what became of pages that were journalled before they were read. */
export async function rulePages(tx: Tx, rulings: readonly Ruling[]): Promise<void> {
  if (rulings.length === 0) return;
  await tx.query(
    `update journal j set verdict = x.verdict, error = x.error, lease_until = '-infinity'
     from (select * from json_to_recordset($1::json) as x(ws uuid, id uuid, verdict text, error text) order by ws, id) x
     where j.workspace_id = x.ws and j.id = x.id`,
    [JSON.stringify(rulings)],
  );
}

/** Has a page read once more that could not be read or accepted; answers whether it was one. */
export async function replayPage(tx: Tx, workspaceId: WorkspaceId, id: JournalId): Promise<boolean> {
  const found = await tx.query(
    `update journal set verdict = 'pending', error = null, attempts = 0
     where workspace_id = $1 and id = $2 and verdict in ('unparsed', 'unaccepted') returning 1`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows.length > 0;
}

/** How far a channel has come, as told by the process that fetches for it. */
export interface Progress {
  ws: string;
  ch: string;
  token: string;
  cursor: string;
}

/** Saves how far channels have come. A process whose lease was taken over changes nothing. */
export async function saveProgress(tx: Tx, rows: readonly Progress[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update listeners l set cursor = x.cursor
     from (select * from json_to_recordset($1::json) as x(ws uuid, ch uuid, token uuid, cursor text) order by ws, ch) x
     where l.workspace_id = x.ws and l.channel_id = x.ch and l.lease_token = x.token`,
    [JSON.stringify(rows)],
  );
}

/** Takes the fetching for those channels that nobody else fetches for; answers where each of them stands. */
export async function claimListeners(
  tx: Tx,
  token: string,
  leaseSeconds: number,
  channels: readonly { ws: string; ch: string }[],
): Promise<{ channelId: string; cursor: string | null }[]> {
  const claimed = await tx.query<{ ch: string; cursor: string | null }>(
    `insert into listeners (workspace_id, channel_id, lease_token, lease_until)
     select ws, ch, $2, now() + make_interval(secs => $3) from json_to_recordset($1::json) as x(ws uuid, ch uuid) order by ws, ch
     on conflict (workspace_id, channel_id) do update set lease_token = excluded.lease_token, lease_until = excluded.lease_until
       where listeners.lease_until < now() or listeners.lease_token = excluded.lease_token
     returning replace(channel_id::text, '-', '') as ch, cursor`,
    [JSON.stringify(channels), token, leaseSeconds],
  );
  return claimed.rows.map(({ ch, cursor }) => ({ channelId: toId('channel', ch), cursor }));
}

/** Lets the channels of a process go, all or those named. */
export async function releaseListeners(tx: Tx, token: string, channels?: readonly string[]): Promise<void> {
  await tx.query(
    `update listeners set lease_token = null, lease_until = '-infinity' where lease_token = $1 and ($2::uuid[] is null or channel_id = any($2::uuid[]))`,
    [token, channels ?? null],
  );
}
