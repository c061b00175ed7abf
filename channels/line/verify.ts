import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../adapter.ts';
import type { LineConfig } from './config.ts';

/** LINE signs the raw bytes with the channel secret, in base64: 44 letters. */
export function verify(request: InboundRequest, config: LineConfig): boolean {
  const given = request.headers['x-line-signature'] ?? '';
  if (!/^[A-Za-z0-9+/]{43}=$/.test(given) || !config.channelSecret) return false;
  const ours = createHmac('sha256', config.channelSecret).update(request.body).digest();
  const theirs = Buffer.from(given, 'base64');
  // The last letter has bits that mean nothing: only the spelling LINE uses is believed.
  return timingSafeEqual(ours, theirs) && theirs.toString('base64') === given;
}
