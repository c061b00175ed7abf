import { createHash } from 'node:crypto';
import { SendError } from '@tributary/protocol';
import type { Address, Connected, Finding, Io, Profile } from '../adapter.ts';
import { type Json, readObject, readText } from '../common/json.ts';
import type { ViberConfig } from './config.ts';
import { profileOf } from './profile.ts';
import { ask } from './send.ts';

type Hook = { url: string };

/** The callbacks we read; `message` always comes. The list is sent whole, since Viber keeps the last one. */
export const EVENT_TYPES = ['delivered', 'seen', 'failed', 'subscribed', 'unsubscribed', 'conversation_started'];

/** Viber’s id of the bot. A callback does not name it, so until the channel has connected a digest of the token stands for it. */
export function accountOf(config: ViberConfig): string {
  return config.accountId || `viber:${createHash('sha256').update(config.authToken).digest('hex').slice(0, 16)}`;
}

/** Learns the bot’s name, id and address and tells Viber where to call us. Viber calls that URL before it answers. */
export async function connect(config: ViberConfig, io: Io, hook: Hook): Promise<Connected<ViberConfig>> {
  const bot = await ask('/get_account_info', {}, config, io);
  try {
    await ask(
      '/set_webhook',
      { url: hook.url, event_types: EVENT_TYPES, send_name: true, send_photo: true },
      config,
      io,
    );
  } catch (error) {
    throw error instanceof SendError && error.detail.providerCode === '1' ? refusedUrl(error) : error;
  }
  const name = readText(bot.name);
  const accountId = readText(bot.id);
  const accountUri = readText(bot.uri);
  return {
    ...(name ? { name } : {}),
    ...(accountId ? { account: accountId } : {}),
    config: {
      ...(config.senderName || !name ? {} : { senderName: name.slice(0, 28) }),
      ...(accountId ? { accountId } : {}),
      ...(accountUri ? { accountUri } : {}),
    },
  };
}

const refusedUrl = (cause: SendError): Error =>
  new Error(
    `Viber refuses the webhook’s URL (${cause.message}). It has to be HTTPS with a certificate everybody trusts, and Viber has to reach it while the channel connects.`,
    { cause },
  );

/** Viber stops calling. */
export async function disconnect(config: ViberConfig, io: Io): Promise<void> {
  await ask('/set_webhook', { url: '' }, config, io);
}

/** Is the token good, and does Viber call our URL with everything we read? */
export async function probe(config: ViberConfig, io: Io, hook: Hook): Promise<Finding[]> {
  let bot: Json;
  try {
    bot = await ask('/get_account_info', {}, config, io);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return [
      {
        name: 'credentials',
        ok: false,
        message: `Viber did not tell who the bot is: ${error.message}`,
        remedy:
          error.code === 'bad_credentials'
            ? 'Copy the token from the Viber Admin Panel › your bot › Edit info, and see there whether the bot is active.'
            : 'Look whether this server reaches chatapi.viber.com, then test again.',
      },
    ];
  }
  const name = readText(bot.name) ?? readText(bot.id) ?? 'the bot';
  return [{ name: 'credentials', ok: true, message: `The token belongs to ${name}.` }, webhookFinding(bot, hook)];
}

function webhookFinding(bot: Json, hook: Hook): Finding {
  const name = 'webhook';
  const remedy = 'Reconnect the channel, which registers this URL with Viber.';
  const url = readText(bot.webhook);
  if (!url) return { name, ok: false, message: 'Viber has no URL to call for this bot.', remedy };
  if (url !== hook.url) {
    return {
      name,
      ok: false,
      message: 'Viber calls another URL for this bot; another program may have registered it.',
      remedy: `${remedy} A bot has one webhook, so that other program will hear nothing more.`,
    };
  }
  const sent = Array.isArray(bot.event_types) ? bot.event_types : undefined;
  const missing = sent ? EVENT_TYPES.filter((type) => !sent.includes(type)) : [];
  if (missing.length > 0) return { name, ok: false, message: `Viber does not send ${missing.join(', ')}.`, remedy };
  return { name, ok: true, message: 'Viber calls our URL.' };
}

/** What Viber tells of a person: twice in twelve hours for each, and never the number. */
export async function profile(address: Address, config: ViberConfig, io: Io): Promise<Profile> {
  const answer = await ask('/get_user_details', { id: address.value }, config, io);
  return profileOf(readObject(answer.user)) ?? {};
}

/** A link that opens the chat in the app; its code comes back when it does, before anything is written. */
export function deepLink(code: string, config: ViberConfig): { url: string } {
  if (!config.accountUri) throw new Error('The bot’s address is not known yet: connect the channel first.');
  const query = `chatURI=${encodeURIComponent(config.accountUri)}&context=${encodeURIComponent(code)}`;
  return { url: `viber://pa?${query}` };
}

/** A user id as Viber gives it: base64, another one for every bot. Phone numbers cannot be written to. */
export function address(text: string): Address | undefined {
  const value = text.trim();
  return /^[A-Za-z0-9+/]{12,}={0,2}$/.test(value) && !/^\+?\d+$/.test(value) ? { kind: 'user_id', value } : undefined;
}
