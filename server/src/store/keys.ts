import { createHash, randomBytes } from 'node:crypto';
import type { KeyId, WorkspaceId } from '@tributary/protocol';
import { newId, toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';

/** What a key may do. `admin` is everything; writing does not include reading. */
export const PERMISSIONS = [
  'messages:read',
  'messages:write',
  'conversations:read',
  'conversations:write',
  'channels:read',
  'channels:write',
  'bots:read',
  'bots:write',
  'webhooks:read',
  'webhooks:write',
  'analytics:read',
  'admin',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface ApiKey {
  id: KeyId;
  workspaceId: WorkspaceId;
  name: string;
  preview: string;
  permissions: Permission[];
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}
interface Row {
  id: string;
  workspace_id: string;
  name: string;
  preview: string;
  permissions: Permission[];
  expires_at: Date | null;
  last_used_at: Date | null;
  created_at: Date;
}
const COLUMNS = 'id, workspace_id, name, preview, permissions, expires_at, last_used_at, created_at';
const read = (row: Row): ApiKey => ({
  id: toId('key', row.id),
  workspaceId: toId('workspace', row.workspace_id),
  name: row.name,
  preview: row.preview,
  permissions: row.permissions,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  createdAt: row.created_at,
});

/** A new secret: 160 random bits, so that a plain hash of it is enough. */
export const newKeySecret = (): string => `trb_${randomBytes(20).toString('hex')}`;

/** What is stored instead of the secret. */
export const hashKey = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Stores a key by its hash. A secret that is there already in the workspace is left as it is. */
export async function insertKey(
  tx: Tx,
  key: { workspaceId: WorkspaceId; name: string; secret: string; permissions: readonly Permission[]; expiresAt?: Date },
): Promise<ApiKey> {
  const hash = hashKey(key.secret);
  const known = await tx.query<Row>(
    `select ${COLUMNS} from api_keys where workspace_id = $1 and hash = $2 and revoked_at is null`,
    [uuidOf(key.workspaceId), hash],
  );
  if (known.rows[0]) return read(known.rows[0]);
  const made = await tx.query<Row>(
    `insert into api_keys (workspace_id, id, kind, name, hash, preview, permissions, expires_at)
     values ($1, $2, 'api', $3, $4, $5, $6, $7) returning ${COLUMNS}`,
    [
      uuidOf(key.workspaceId),
      uuidOf(newId('key')),
      key.name,
      hash,
      `${key.secret.slice(0, 4)}…${key.secret.slice(-4)}`,
      key.permissions,
      key.expiresAt ?? null,
    ],
  );
  return read(made.rows[0]!);
}

/** The key behind a secret, unless it is revoked or expired; notes at most once a minute that it was used. */
export async function findKey(tx: Tx, secret: string): Promise<ApiKey | undefined> {
  const found = await tx.query<Row>(
    `select ${COLUMNS} from api_keys
     where hash = $1 and kind = 'api' and revoked_at is null and (expires_at is null or expires_at > now())`,
    [hashKey(secret)],
  );
  const row = found.rows[0];
  if (!row) return undefined;
  if (!row.last_used_at || Date.now() - row.last_used_at.getTime() > 60_000) {
    await tx.query('update api_keys set last_used_at = now() where workspace_id = $1 and id = $2', [
      row.workspace_id,
      row.id,
    ]);
  }
  return read(row);
}

/** The keys that still work, newest first. */
export function listKeys(tx: Tx, workspaceId: WorkspaceId, ask: PageAsk): Promise<Page<ApiKey>> {
  const filters = new Filters()
    .add('workspace_id = ?', uuidOf(workspaceId))
    .always("kind = 'api' and revoked_at is null");
  return selectPage<Row, ApiKey>(
    tx,
    { columns: COLUMNS, from: 'api_keys', filters, sort: { by: 'id', type: 'uuid', descending: true }, id: 'id', ask },
    read,
  );
}

/** Ends a key at once (within the seconds a process remembers it). False when there is none. */
export async function revokeKey(tx: Tx, workspaceId: WorkspaceId, id: KeyId): Promise<boolean> {
  const done = await tx.query(
    'update api_keys set revoked_at = now() where workspace_id = $1 and id = $2 and revoked_at is null',
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return done.rowCount === 1;
}
