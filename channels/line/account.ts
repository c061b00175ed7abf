import { createHash } from 'node:crypto';
import { SendError } from '@tributary/protocol';
import type { Address, Connected, Finding, Io, Profile, Reach } from '../adapter.ts';
import { type Json, present, readNumber, readText } from '../common/json.ts';
import type { LineConfig } from './config.ts';
import { ask } from './send.ts';

type Hook = { url: string };

/** The bot’s own user id, which webhooks call `destination`. Until the channel has connected a digest of the secret stands for it. */
export function accountOf(config: LineConfig): string {
  return config.botUserId || `line:${createHash('sha256').update(config.channelSecret).digest('hex').slice(0, 16)}`;
}

/** Learns who the account is and tells LINE where to call us. */
export async function connect(config: LineConfig, io: Io, hook: Hook): Promise<Connected<LineConfig>> {
  const bot = await ask('GET', '/v2/bot/info', undefined, config, io);
  await ask('PUT', '/v2/bot/channel/webhook/endpoint', { endpoint: hook.url }, config, io);
  const name = readText(bot.displayName);
  const botUserId = readText(bot.userId);
  return {
    ...(name ? { name } : {}),
    ...(botUserId ? { account: botUserId } : {}),
    config: { ...present({ botUserId, basicId: readText(bot.basicId) }) },
  };
}

/** Is the token good, does LINE call our URL and reach it, and is there something left of the month’s messages? */
export async function probe(config: LineConfig, io: Io, hook: Hook): Promise<Finding[]> {
  let bot: Json;
  try {
    bot = await ask('GET', '/v2/bot/info', undefined, config, io);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return [
      {
        name: 'credentials',
        ok: false,
        message: `LINE did not tell who the account is: ${error.message}`,
        remedy:
          error.code === 'bad_credentials'
            ? 'Issue a channel access token (long-lived) in the LINE Developers Console › Messaging API, and save it in this channel.'
            : 'Look whether this server reaches api.line.me, then test again.',
      },
    ];
  }
  const name = [readText(bot.displayName), readText(bot.basicId)].filter(Boolean).join(' · ');
  return [
    { name: 'credentials', ok: true, message: `The token belongs to ${name || 'the account'}.` },
    await webhookFinding(config, io, hook),
    ...(await quotaFindings(config, io)),
  ];
}

async function webhookFinding(config: LineConfig, io: Io, hook: Hook): Promise<Finding> {
  const name = 'webhook';
  const remedy = 'Reconnect the channel, which registers this URL with LINE.';
  let endpoint: Json;
  try {
    endpoint = await ask('GET', '/v2/bot/channel/webhook/endpoint', undefined, config, io);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { name, ok: false, message: `LINE has no URL to call: ${error.message}`, remedy };
  }
  if (endpoint.endpoint !== hook.url) {
    const message = 'LINE calls another URL for this account; another program may have registered it.';
    return { name, ok: false, message, remedy: `${remedy} That other program will hear nothing more.` };
  }
  if (endpoint.active !== true) {
    return {
      name,
      ok: false,
      message: 'LINE knows our URL and does not use it.',
      remedy:
        'Turn on “Use webhook” in the LINE Developers Console › Messaging API, and “Webhook redelivery” beside it.',
    };
  }
  const test = await ask('POST', '/v2/bot/channel/webhook/test', { endpoint: hook.url }, config, io);
  if (test.success === true) return { name, ok: true, message: 'LINE calls our URL and is answered.' };
  const reason = [readText(test.reason), readText(test.detail)].filter(Boolean).join(': ');
  return {
    name,
    ok: false,
    message: `LINE called our URL and failed: ${reason || 'it gave no reason'}.`,
    remedy:
      'Look whether the URL can be reached from the internet over HTTPS, and whether the channel secret is that of the same channel.',
  };
}

async function quotaFindings(config: LineConfig, io: Io): Promise<Finding[]> {
  const quota = await ask('GET', '/v2/bot/message/quota', undefined, config, io);
  const most = readNumber(quota.value);
  if (quota.type !== 'limited' || most === undefined) return [];
  const used =
    readNumber((await ask('GET', '/v2/bot/message/quota/consumption', undefined, config, io)).totalUsage) ?? 0;
  const ok = used < most;
  return [
    {
      name: 'permissions',
      ok,
      message: `${used} of the plan’s ${most} messages of this month are used.`,
      ...(ok
        ? {}
        : {
            remedy: 'Choose a larger plan in the LINE Official Account Manager. Answers within the minute stay free.',
          }),
    },
  ];
}

/** What LINE tells of a person who has added the account, or of a group the bot is in. */
export async function profile({ kind, value }: Address, config: LineConfig, io: Io): Promise<Profile> {
  if (kind === 'chat') {
    // Rooms have neither name nor picture.
    if (!value.startsWith('C')) return {};
    const group = await ask('GET', `/v2/bot/group/${encodeURIComponent(value)}/summary`, undefined, config, io);
    return present({ name: readText(group.groupName), picture: readText(group.pictureUrl) }) ?? {};
  }
  const person = await ask('GET', `/v2/bot/profile/${encodeURIComponent(value)}`, undefined, config, io);
  return (
    present({
      name: readText(person.displayName),
      picture: readText(person.pictureUrl),
      locale: readText(person.language),
      statusMessage: readText(person.statusMessage),
    }) ?? {}
  );
}

/** Whoever has not added the account, or has blocked it, has no profile; a push to them would be accepted, counted, and never shown. */
export async function check(address: Address, config: LineConfig, io: Io): Promise<Reach> {
  try {
    await profile(address, config, io);
    return { reachable: true, features: [] };
  } catch (error) {
    if (error instanceof SendError && error.code === 'invalid_recipient') return { reachable: false, features: [] };
    throw error;
  }
}

/** A link that opens the chat with words ready to be sent. LINE tells nobody that it was opened, so the code is in the words. */
export function deepLink(code: string, config: LineConfig): { url: string } {
  if (!config.basicId) throw new Error('The account’s basic id is not known yet: connect the channel first.');
  if (!/^[\w-]{1,64}$/.test(code)) throw new Error('A start code is 1 to 64 letters, digits, - and _.');
  return {
    url: `https://line.me/R/oaMessage/${encodeURIComponent(config.basicId)}/?${encodeURIComponent(`/start ${code}`)}`,
  };
}
