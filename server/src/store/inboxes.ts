import type { ChannelId, InboxId, WorkspaceId } from '@tributary/protocol';
import { newId, toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';

export interface InboxRecord {
  workspaceId: WorkspaceId;
  id: InboxId;
  name: string;
  createdAt: Date;
}
interface Row {
  workspace_id: string;
  id: string;
  name: string;
  created_at: Date;
}
const COLUMNS = 'workspace_id, id, name, created_at';
const readRow = (row: Row): InboxRecord => ({
  workspaceId: toId('workspace', row.workspace_id),
  id: toId('inbox', row.id),
  name: row.name,
  createdAt: row.created_at,
});

export function listInboxes(tx: Tx, workspaceId: WorkspaceId, ask: PageAsk): Promise<Page<InboxRecord>> {
  const filters = new Filters().add('workspace_id = ?', uuidOf(workspaceId));
  const sort = { by: 'id', type: 'uuid', descending: true } as const;
  return selectPage<Row, InboxRecord>(tx, { columns: COLUMNS, from: 'inboxes', filters, sort, id: 'id', ask }, readRow);
}

export async function readInbox(tx: Tx, workspaceId: WorkspaceId, id: InboxId): Promise<InboxRecord | undefined> {
  const found = await tx.query<Row>(`select ${COLUMNS} from inboxes where workspace_id = $1 and id = $2`, [
    uuidOf(workspaceId),
    uuidOf(id),
  ]);
  return found.rows[0] && readRow(found.rows[0]);
}

/** `undefined` when an inbox of the name exists. */
export async function insertInbox(tx: Tx, workspaceId: WorkspaceId, name: string): Promise<InboxRecord | undefined> {
  const made = await tx.query<Row>(
    `insert into inboxes (workspace_id, id, name) values ($1, $2, $3) on conflict do nothing returning ${COLUMNS}`,
    [uuidOf(workspaceId), uuidOf(newId('inbox')), name],
  );
  return made.rows[0] && readRow(made.rows[0]);
}

/** `undefined` when another inbox has the name, or there is none of the id. */
export async function renameInbox(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: InboxId,
  name: string,
): Promise<InboxRecord | undefined> {
  const done = await tx.query<Row>(
    `update inboxes set name = $3 where workspace_id = $1 and id = $2
       and not exists (select 1 from inboxes other where other.workspace_id = $1 and other.name = $3 and other.id <> $2)
     returning ${COLUMNS}`,
    [uuidOf(workspaceId), uuidOf(id), name],
  );
  return done.rows[0] && readRow(done.rows[0]);
}

/** Conversations leave it, channels stop filling it; answers which channels. */
export async function deleteInbox(tx: Tx, workspaceId: WorkspaceId, id: InboxId): Promise<ChannelId[]> {
  const values = [uuidOf(workspaceId), uuidOf(id)];
  const freed = await tx.query<{ id: string }>(
    `update channels set default_inbox_id = null, updated_at = clock_timestamp()
     where workspace_id = $1 and default_inbox_id = $2 returning id`,
    values,
  );
  await tx.query('update conversations set inbox_id = null where workspace_id = $1 and inbox_id = $2', values);
  await tx.query('delete from inboxes where workspace_id = $1 and id = $2', values);
  return freed.rows.map((row) => toId('channel', row.id));
}
