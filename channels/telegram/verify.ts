import { createHash, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../adapter.ts';
import type { TelegramConfig } from './config.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Telegram signs nothing; it repeats the secret we gave to setWebhook. Digests are compared, so that the length tells nothing either. */
export function verify(request: InboundRequest, config: TelegramConfig): boolean {
  const given = request.headers['x-telegram-bot-api-secret-token'];
  if (!given || !config.webhookSecret) return false;
  return timingSafeEqual(digest(given), digest(config.webhookSecret));
}
