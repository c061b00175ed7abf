import type { WorkspaceId } from '@tributary/protocol';
import { uuidOf } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';

/** What a request with this key was answered, when it was the same request. */
export type Claim = 'ours' | { sameRequest: boolean; status: number; answer: unknown };

/**
 * Takes a key for this transaction. Where another transaction holds it, the insert waits until that one ends: if it committed, its answer is
 * returned; if it rolled back, the key is ours. Keys older than 24 hours are free again.
 */
export async function claimIdempotencyKey(
  tx: Tx,
  workspaceId: WorkspaceId,
  key: string,
  requestHash: Buffer,
): Promise<Claim> {
  const claimed = await tx.query(
    `insert into idempotency_keys (workspace_id, key, request_hash) values ($1, $2, $3)
     on conflict (workspace_id, key) do update
       set request_hash = excluded.request_hash, status = null, answer = null, created_at = now()
       where idempotency_keys.created_at < now() - interval '24 hours'`,
    [uuidOf(workspaceId), key, requestHash],
  );
  if (claimed.rowCount === 1) return 'ours';
  // A new statement, so that it sees what the transaction we waited for has committed.
  const found = await tx.query<{ request_hash: Buffer; status: number; answer: unknown }>(
    'select request_hash, status, answer from idempotency_keys where workspace_id = $1 and key = $2',
    [uuidOf(workspaceId), key],
  );
  const row = found.rows[0];
  if (!row) return claimIdempotencyKey(tx, workspaceId, key, requestHash);
  return { sameRequest: row.request_hash.equals(requestHash), status: row.status, answer: row.answer };
}

/** Keeps the answer with the key, in the transaction that did the work. */
export async function keepAnswer(
  tx: Tx,
  workspaceId: WorkspaceId,
  key: string,
  status: number,
  answer: unknown,
): Promise<void> {
  await tx.query('update idempotency_keys set status = $3, answer = $4 where workspace_id = $1 and key = $2', [
    uuidOf(workspaceId),
    key,
    status,
    answer === undefined ? null : cleanJson(answer),
  ]);
}

/** Forgets keys older than a day; run now and then. */
export async function sweepIdempotencyKeys(tx: Tx): Promise<void> {
  await tx.query(`delete from idempotency_keys where created_at < now() - interval '24 hours'`);
}
