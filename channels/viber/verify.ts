import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../adapter.ts';
import type { ViberConfig } from './config.ts';

/** Viber signs the raw bytes with the bot’s own token, in lower-case hexadecimal. */
export function verify(request: InboundRequest, config: ViberConfig): boolean {
  const given = request.headers['x-viber-content-signature'] ?? '';
  if (!/^[0-9a-f]{64}$/.test(given) || !config.authToken) return false;
  const ours = createHmac('sha256', config.authToken).update(request.body).digest();
  return timingSafeEqual(ours, Buffer.from(given, 'hex'));
}
