import type { Double, MakeDouble } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LabError } from '../lab-error.ts';
import { bots, type TelegramAccount } from './account.ts';
import { actOnTelegram, writeText } from './customer.ts';
import { addBot } from './door.ts';

/** Telegram's Bot API: bots, known by their token. */
export const telegram: MakeDouble = (lab): Double<TelegramAccount> => ({
  provider: 'telegram',
  baseUrl: (labUrl) => `${labUrl}/telegram`,
  deeds: [
    'text',
    'start',
    'tap',
    'image',
    'video',
    'audio',
    'document',
    'location',
    'contact',
    'sticker',
    'edit',
    'react',
    'read',
    'block',
    'unblock',
    'elapse',
  ],
  ensure(wanted) {
    const token = wanted.credentials?.botToken;
    if (token !== undefined && !/^\d+:[\w-]+$/.test(token)) throw new LabError(400, 'A bot token is NUMBER:LETTERS.');
    const known = wanted.account && token === undefined ? findBot(lab, wanted.account) : undefined;
    const bot = known ?? addBot(lab, wanted);
    if (wanted.webhookUrl) {
      const secret = wanted.credentials?.secretToken;
      bot.hook.set(wanted.webhookUrl, secret ? { secret } : {});
      bot.public.webhookUrl = wanted.webhookUrl;
    }
    return bot;
  },
  find: (account) => findBot(lab, account),
  accounts: () => bots(lab).values(),
  act: (bot, person, deed) => actOnTelegram(lab, bot, person, deed),
  write: (bot, person, text, watcher) => writeText(lab, bot, person, text, watcher),
  reset() {
    for (const bot of bots(lab).values()) bot.reset();
  },
  forget: () => bots(lab).clear(),
});

function findBot(lab: Lab, account: string): TelegramAccount | undefined {
  for (const bot of bots(lab).values()) if (bot.public.account === account) return bot;
  return undefined;
}
