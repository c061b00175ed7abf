import type { ChannelId, JournalId, WorkspaceId } from '@tributary/protocol';
import { toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';

export const VERDICTS = ['accepted', 'pending', 'unparsed', 'unaccepted'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A page of raw requests, without opening it. `channelId` is null where it holds requests of several channels. */
export interface JournalEntry {
  id: JournalId;
  channelId: ChannelId | null;
  verdict: Verdict;
  error: string | null;
  requests: number;
  adapter: string | null;
  receivedAt: Date;
}
interface Row {
  id: string;
  channel_id: string | null;
  verdict: Verdict;
  error: string | null;
  requests: number;
  adapter: string | null;
  received_at: Date;
}
const COLUMNS = 'id, channel_id, verdict, error, requests, adapter, received_at';
const readRow = (row: Row): JournalEntry => ({
  id: toId('journal', row.id),
  channelId: row.channel_id ? toId('channel', row.channel_id) : null,
  verdict: row.verdict,
  error: row.error,
  requests: row.requests,
  adapter: row.adapter,
  receivedAt: row.received_at,
});

export function listJournal(
  tx: Tx,
  workspaceId: WorkspaceId,
  filter: { verdict?: Verdict[]; channelId?: ChannelId; from?: Date; to?: Date },
  ask: PageAsk,
): Promise<Page<JournalEntry>> {
  const filters = new Filters()
    .add('workspace_id = ?', uuidOf(workspaceId))
    .maybe('verdict = any(?)', filter.verdict)
    .maybe('channel_id = ?', filter.channelId && uuidOf(filter.channelId))
    .maybe('received_at >= ?', filter.from)
    .maybe('received_at <= ?', filter.to);
  const sort = { by: 'received_at', type: 'timestamptz', descending: true } as const;
  return selectPage<Row, JournalEntry>(
    tx,
    { columns: COLUMNS, from: 'journal', filters, sort, id: 'id', ask },
    readRow,
  );
}

/** One entry with its sealed page. */
export async function readJournal(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: JournalId,
): Promise<(JournalEntry & { page: Buffer }) | undefined> {
  const found = await tx.query<Row & { page: Buffer }>(
    `select ${COLUMNS}, page from journal where workspace_id = $1 and id = $2`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  const row = found.rows[0];
  return row && { ...readRow(row), page: row.page };
}

/** A sealed page alone, by uuids in hex; undefined once it has been let go. */
export async function readJournalPage(tx: Tx, ws: string, id: string): Promise<Buffer | undefined> {
  const found = await tx.query<{ page: Buffer }>('select page from journal where workspace_id = $1 and id = $2', [
    ws,
    id,
  ]);
  return found.rows[0]?.page;
}
