import type { Lab } from '../lab.ts';
import { isLoopback } from '../post.ts';
import type { TelegramAccount } from './account.ts';
import type { Method } from './content.ts';
import { badRequest, TelegramError } from './error.ts';

/** A result that comes with a sentence beside it. */
export class Described {
  readonly result: unknown;
  readonly description: string;

  constructor(result: unknown, description: string) {
    this.result = result;
    this.description = description;
  }
}

const setWebhook: Method = (_lab, bot, params) => {
  const url = params.url as string;
  if (url === '') return deleteWebhook(_lab, bot, params, {}, new Map());
  checkUrl(url);
  const secret = params.secret_token as string | undefined;
  if (secret !== undefined && !/^[\w-]{1,256}$/.test(secret))
    throw badRequest('secret token contains unallowed characters');
  const maxConnections = params.max_connections as number | undefined;
  if (maxConnections !== undefined && (maxConnections < 1 || maxConnections > 100)) {
    throw badRequest('max_connections must be from 1 to 100');
  }
  const { hook } = bot;
  if (params.drop_pending_updates === true) hook.drop();
  const same = hook.url === url && hook.secret === secret;
  const allowed = params.allowed_updates as string[] | undefined;
  hook.set(url, {
    ...(secret === undefined ? {} : { secret }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(allowed === undefined ? {} : { allowed }),
  });
  bot.public.webhookUrl = url;
  return new Described(true, same ? 'Webhook is already set' : 'Webhook was set');
};

// Telegram calls by TLS on four ports. This machine's own addresses are let off both, or the Lab would need certificates.
function checkUrl(text: string): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badRequest('bad webhook: invalid URL');
  }
  if (isLoopback(text)) return;
  if (url.protocol !== 'https:') throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  if (!['', '443', '80', '88', '8443'].includes(url.port)) {
    throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443');
  }
}

const deleteWebhook: Method = (_lab, bot, params) => {
  const was = bot.hook.url !== '';
  if (params.drop_pending_updates === true) bot.hook.drop();
  bot.hook.set('', {});
  bot.public.webhookUrl = undefined;
  return new Described(true, was ? 'Webhook was deleted' : 'Webhook is already deleted');
};

const getWebhookInfo = (_lab: Lab, { hook }: TelegramAccount): unknown => ({
  url: hook.url,
  has_custom_certificate: false,
  pending_update_count: hook.pending,
  ...(hook.url ? { max_connections: hook.maxConnections, ip_address: '127.0.0.1' } : {}),
  ...(hook.lastErrorAt ? { last_error_date: hook.lastErrorAt, last_error_message: hook.lastError } : {}),
  ...(hook.allowed ? { allowed_updates: hook.allowed } : {}),
});

const getUpdates: Method = (_lab, bot, params) => {
  if (bot.hook.url) {
    throw new TelegramError(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  return bot.hook.take((params.offset as number | undefined) ?? 0, (params.limit as number | undefined) ?? 100);
};

/** The methods about where updates go. */
export const hooks: Record<string, Method> = { setWebhook, deleteWebhook, getWebhookInfo, getUpdates };
