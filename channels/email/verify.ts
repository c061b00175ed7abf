import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../adapter.ts';
import { parseJson, readObject, readText } from '../common/json.ts';
import { type EmailConfig, isMailgun } from './config.ts';
import { glimpse } from './form.ts';
import { verifyUnsubscribe } from './unsubscribe.ts';

/** Mailgun signs anew each time it tries, so only clocks and the road take time. */
const FRESH_MS = 15 * 60_000;

/**
 * Mailgun signs a time and a token, not the body, so an old signature is refused, and what is told twice is known by its ids. An unsubscribe
 * link carries a signature of our own. Nothing else may come in by HTTP.
 */
export function verify(request: InboundRequest, config: EmailConfig): boolean {
  const unsubscribes = verifyUnsubscribe(request, config);
  if (unsubscribes !== undefined) return unsubscribes;
  if (!isMailgun(config) || !config.webhookSigningKey) return false;
  const { timestamp, token, signature } = readProof(request);
  if (!timestamp || !token || !signature || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(request.receivedAt.getTime() - Number(timestamp) * 1000) > FRESH_MS) return false;
  const expected = createHmac('sha256', config.webhookSigningKey)
    .update(timestamp + token)
    .digest();
  const given = /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(0);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** In events the proof is a member of the body, in routes it is three fields of the form. */
function readProof(request: InboundRequest): { timestamp?: string; token?: string; signature?: string } {
  if (/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    const proof = readObject(readObject(parseJson(request.body))?.signature);
    return {
      timestamp: readText(proof?.timestamp),
      token: readText(proof?.token),
      signature: readText(proof?.signature),
    };
  }
  const [timestamp, token, signature] = ['timestamp', 'token', 'signature'].map((name) => glimpse(request, name));
  return { timestamp, token, signature };
}
