import type { RouteId, WorkspaceId } from '@tributary/protocol';
import { newId, toId, uuidOf } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';

/** A trigger as it was written: `{type: 'channel', channels: ['telegram'], action: 'route_to_sales_bot'}`. */
export interface ChannelTrigger {
  type: 'channel';
  channels: string[];
  action: string;
}
export interface RouteRecord {
  workspaceId: WorkspaceId;
  id: RouteId;
  name: string;
  triggers: ChannelTrigger[];
  priority: number;
  createdAt: Date;
  updatedAt: Date;
}
interface Row {
  workspace_id: string;
  id: string;
  name: string;
  triggers: ChannelTrigger[];
  priority: number;
  created_at: Date;
  updated_at: Date;
}
const COLUMNS = 'workspace_id, id, name, triggers, priority, created_at, updated_at';
const readRow = (row: Row): RouteRecord => ({
  workspaceId: toId('workspace', row.workspace_id),
  id: toId('route', row.id),
  name: row.name,
  triggers: row.triggers,
  priority: row.priority,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export function listRoutes(tx: Tx, workspaceId: WorkspaceId, ask: PageAsk): Promise<Page<RouteRecord>> {
  const filters = new Filters().add('workspace_id = ?', uuidOf(workspaceId));
  const sort = { by: 'priority', type: 'integer', descending: true } as const;
  return selectPage<Row, RouteRecord>(tx, { columns: COLUMNS, from: 'routes', filters, sort, id: 'id', ask }, readRow);
}

/** `lock` keeps the row as it is until the transaction ends. */
export async function readRoute(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: RouteId,
  lock = false,
): Promise<RouteRecord | undefined> {
  const found = await tx.query<Row>(
    `select ${COLUMNS} from routes where workspace_id = $1 and id = $2 ${lock ? 'for update' : ''}`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows[0] && readRow(found.rows[0]);
}

export async function insertRoute(
  tx: Tx,
  route: Pick<RouteRecord, 'workspaceId' | 'name' | 'triggers' | 'priority'>,
): Promise<RouteRecord> {
  const made = await tx.query<Row>(
    `insert into routes (workspace_id, id, name, triggers, priority) values ($1, $2, $3, $4, $5) returning ${COLUMNS}`,
    [uuidOf(route.workspaceId), uuidOf(newId('route')), route.name, cleanJson(route.triggers), route.priority],
  );
  return readRow(made.rows[0]!);
}

export async function updateRoute(
  tx: Tx,
  route: Pick<RouteRecord, 'workspaceId' | 'id' | 'name' | 'triggers' | 'priority'>,
): Promise<RouteRecord> {
  const done = await tx.query<Row>(
    `update routes set name = $3, triggers = $4, priority = $5, updated_at = now()
     where workspace_id = $1 and id = $2 returning ${COLUMNS}`,
    [uuidOf(route.workspaceId), uuidOf(route.id), route.name, cleanJson(route.triggers), route.priority],
  );
  return readRow(done.rows[0]!);
}

export async function deleteRoute(tx: Tx, workspaceId: WorkspaceId, id: RouteId): Promise<boolean> {
  const done = await tx.query('delete from routes where workspace_id = $1 and id = $2', [
    uuidOf(workspaceId),
    uuidOf(id),
  ]);
  return done.rowCount === 1;
}
