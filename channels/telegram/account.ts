import { SendError } from '@tributary/protocol';
import type { Address, Connected, Finding, Io, Profile } from '../adapter.ts';
import { botName, type TelegramConfig } from './config.ts';
import { ALLOWED_UPDATES } from './payloads.ts';
import { ask } from './send.ts';

type Hook = { url: string };

/** Learns the bot's name and tells Telegram where to call us. The list of updates is always sent whole: an older one would stay. */
export async function connect(config: TelegramConfig, io: Io, hook: Hook): Promise<Connected<TelegramConfig>> {
  const bot = await ask('getMe', {}, config, io);
  await ask(
    'setWebhook',
    {
      url: hook.url,
      secret_token: config.webhookSecret,
      allowed_updates: [...ALLOWED_UPDATES],
      max_connections: 40,
    },
    config,
    io,
  );
  const username = typeof bot.username === 'string' ? bot.username : undefined;
  return {
    account: String(bot.id),
    ...(typeof bot.first_name === 'string' ? { name: bot.first_name } : {}),
    ...(username ? { config: { botUsername: username } } : {}),
  };
}

/** Telegram stops calling. What it still held is kept for a bot that connects again. */
export async function disconnect(config: TelegramConfig, io: Io): Promise<void> {
  await ask('deleteWebhook', {}, config, io);
}

/** Is the token good, does Telegram call our URL, and did its last calls succeed? */
export async function probe(config: TelegramConfig, io: Io, hook: Hook): Promise<Finding[]> {
  let bot: Record<string, unknown>;
  try {
    bot = await ask('getMe', {}, config, io);
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const refused = error.code === 'bad_credentials';
    return [
      {
        name: 'credentials',
        ok: false,
        message: `Telegram did not tell who the bot is: ${error.message}`,
        remedy: refused
          ? 'Write /token to @BotFather, copy the token, and save it in this channel.'
          : 'Look whether this server reaches the Bot API, then test again.',
      },
    ];
  }
  const info = await ask('getWebhookInfo', {}, config, io);
  return [
    { name: 'credentials', ok: true, message: `The token belongs to @${String(bot.username ?? bot.id)}.` },
    webhookFinding(info, hook),
    bot.can_read_all_group_messages === true
      ? { name: 'permissions', ok: true, message: 'In groups the bot reads every message.' }
      : {
          name: 'permissions',
          ok: true,
          message: 'In groups the bot reads commands, mentions and answers to it only (privacy mode).',
          remedy: 'To read everything in groups, write /setprivacy to @BotFather and add the bot to the group again.',
        },
  ];
}

function webhookFinding(info: Record<string, unknown>, hook: Hook): Finding {
  const name = 'webhook';
  const reconnect = 'Reconnect the channel, which registers this URL with Telegram.';
  if (!info.url) return { name, ok: false, message: 'Telegram has no URL to call for this bot.', remedy: reconnect };
  if (info.url !== hook.url) {
    return {
      name,
      ok: false,
      message: 'Telegram calls another URL for this bot; another program may have registered it.',
      remedy: `${reconnect} A bot has one webhook, so that other program will hear nothing more.`,
    };
  }
  const asked = Array.isArray(info.allowed_updates) ? info.allowed_updates : undefined;
  const missing = asked?.length ? ALLOWED_UPDATES.filter((one) => !asked.includes(one)) : [];
  if (missing.length > 0) {
    return { name, ok: false, message: `Telegram does not send ${missing.join(', ')}.`, remedy: reconnect };
  }
  const waiting = Number(info.pending_update_count ?? 0);
  const lastError = Number(info.last_error_date ?? 0);
  if (waiting > 0 && lastError > 0) {
    return {
      name,
      ok: false,
      message: `${waiting} updates wait; Telegram’s last call failed: ${String(info.last_error_message ?? 'no reason given')}.`,
      remedy: 'Look whether the webhook URL can be reached from the internet, over HTTPS, with a valid certificate.',
    };
  }
  return { name, ok: true, message: 'Telegram calls our URL and its calls are answered.' };
}

/** The name, and a handle of the picture: never its link, which would hold the token. */
export async function profile(address: Address, config: TelegramConfig, io: Io): Promise<Profile> {
  const chat = await ask('getChat', { chat_id: address.value }, config, io);
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);
  const name = [text(chat.first_name), text(chat.last_name)].filter(Boolean).join(' ') || text(chat.title);
  const photo = chat.photo as { big_file_id?: unknown } | undefined;
  const fileId = text(photo?.big_file_id);
  return {
    ...(name ? { name } : {}),
    ...(text(chat.username) ? { username: text(chat.username) } : {}),
    ...(fileId ? { pictureRef: { file_id: fileId } } : {}),
  };
}

/** A link that opens the bot and sends it `/start CODE`: the only way to reach somebody who never wrote. */
export function deepLink(code: string, config: TelegramConfig): { url: string } {
  const name = botName(config);
  if (!name) throw new Error('The bot’s username is not known yet: connect the channel first.');
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(code)) throw new Error('A start code is 1 to 64 letters, digits, - and _.');
  return { url: `https://t.me/${name}?start=${code}` };
}

/** A chat id as Telegram gives it: people's are positive, groups' and channels' negative; public ones also have a name. */
export function address(text: string): Address | undefined {
  const value = text.trim();
  if (/^[1-9]\d{0,19}$/.test(value)) return { kind: 'user_id', value };
  return /^-[1-9]\d{0,19}$/.test(value) || /^@[A-Za-z]\w{3,}$/.test(value) ? { kind: 'chat', value } : undefined;
}
