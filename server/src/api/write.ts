import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, invalid } from '../errors.ts';
import type { Db, Tx } from '../store/db.ts';
import { claimIdempotencyKey, keepAnswer } from '../store/idempotency.ts';
import type { Seal } from '../store/seal.ts';
import type { Auth } from './auth.ts';

/** What a write route answers. `body` left out is 204's empty body. */
export interface Written {
  status: number;
  body?: unknown;
  /** The body holds a secret that is shown once: the kept copy is sealed. */
  secret?: boolean;
  /** Runs once the work is committed, and not again when the answer is only repeated. */
  afterCommit?: () => void;
}

/** Deadlock and serialization failures: the same work may succeed at once. */
const TRANSIENT = new Set(['40P01', '40001']);
const KEY_MAX = 255;

/**
 * Does a write in one transaction. With an Idempotency-Key, that transaction also holds the key and the answer: the same request again is given
 * the first answer, another request with the key is refused, and one that comes meanwhile waits for the first. A refusal is not kept.
 */
export async function answerWrite(
  { db, seal, committed }: { db: Db; seal: Seal; committed?: () => void },
  auth: Auth,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (tx: Tx) => Promise<Written>,
): Promise<FastifyReply> {
  const key = readIdempotencyKey(request);
  const attempt = async (): Promise<{ status: number; text?: string; repeated?: boolean; afterCommit?: () => void }> =>
    db.tx(async (tx) => {
      const claim =
        key === undefined ? 'ours' : await claimIdempotencyKey(tx, auth.workspaceId, key, hashRequest(request));
      if (claim !== 'ours') {
        if (!claim.sameRequest) throw new ApiError('IDEMPOTENCY_KEY_REUSED');
        return { status: claim.status, text: openAnswer(seal, claim.answer), repeated: true };
      }
      const written = await work(tx);
      const text = written.body === undefined ? undefined : JSON.stringify(written.body);
      if (key !== undefined) {
        const kept =
          text === undefined ? null : written.secret ? { sealed: seal.seal(text).toString('base64') } : { text };
        await keepAnswer(tx, auth.workspaceId, key, written.status, kept);
      }
      return { status: written.status, text, afterCommit: written.afterCommit };
    });
  const done = await attempt().catch((error: { code?: string }) => {
    if (error.code !== undefined && TRANSIENT.has(error.code)) return attempt();
    throw error;
  });
  if (!done.repeated) {
    committed?.();
    done.afterCommit?.();
  }
  if (done.repeated) reply.header('idempotent-replayed', 'true');
  if (done.text === undefined) return reply.code(done.status).send();
  return reply.code(done.status).header('content-type', 'application/json; charset=utf-8').send(done.text);
}

function openAnswer(seal: Seal, answer: unknown): string | undefined {
  const kept = answer as { text: string } | { sealed: string } | null;
  if (!kept) return undefined;
  return 'sealed' in kept ? seal.open(Buffer.from(kept.sealed, 'base64')).toString() : kept.text;
}

function readIdempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key.length === 0 || key.length > KEY_MAX) {
    throw invalid({ field: 'Idempotency-Key', message: `must have 1 to ${KEY_MAX} characters` });
  }
  return key;
}

/** What makes two requests the same: method, address and body. */
function hashRequest(request: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest();
}
