import type { WorkspaceId } from '@tributary/protocol';
import { newId, toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';

export interface Workspace {
  id: WorkspaceId;
  name: string;
}

export async function insertWorkspace(tx: Tx, name: string): Promise<Workspace> {
  const id = newId('workspace');
  await tx.query('insert into workspaces (id, name) values ($1, $2)', [uuidOf(id), name]);
  return { id, name };
}

export async function readWorkspace(tx: Tx, id: WorkspaceId): Promise<Workspace | undefined> {
  const found = await tx.query<{ id: string; name: string }>('select id, name from workspaces where id = $1', [
    uuidOf(id),
  ]);
  const row = found.rows[0];
  return row && { id: toId('workspace', row.id), name: row.name };
}

/** The oldest workspace of the name: how a process finds the demo workspace again. */
export async function findWorkspace(tx: Tx, name: string): Promise<Workspace | undefined> {
  const found = await tx.query<{ id: string; name: string }>(
    'select id, name from workspaces where name = $1 order by created_at, id limit 1',
    [name],
  );
  const row = found.rows[0];
  return row && { id: toId('workspace', row.id), name: row.name };
}
