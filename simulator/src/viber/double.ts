import type { Double, MakeDouble } from '../double.ts';
import type { Lab } from '../lab.ts';
import { bots, ViberAccount } from './account.ts';
import { actOnViber, writeText } from './customer.ts';

/** Viber's REST Bot API: bots, known by their token. */
export const viber: MakeDouble = (lab): Double<ViberAccount> => ({
  provider: 'viber',
  baseUrl: (labUrl) => `${labUrl}/viber/pa`,
  deeds: [
    'text',
    'tap',
    'image',
    'video',
    'audio',
    'document',
    'location',
    'contact',
    'sticker',
    'read',
    'start',
    'follow',
    'unfollow',
    'block',
    'unblock',
    'elapse',
  ],
  ensure(wanted) {
    const token = wanted.credentials?.authToken;
    const known = token === undefined ? wanted.account && find(lab, wanted.account) : bots(lab).get(token);
    const bot = known || new ViberAccount(lab, wanted);
    bots(lab).set(bot.token, bot);
    if (wanted.webhookUrl) bot.listen(wanted.webhookUrl);
    return bot;
  },
  find: (account) => find(lab, account),
  accounts: () => bots(lab).values(),
  act: (bot, person, deed) => actOnViber(lab, bot, person, deed),
  write: (bot, person, text, watcher) => writeText(lab, bot, person, text, watcher),
  reset() {
    for (const bot of bots(lab).values()) bot.reset();
  },
  forget: () => bots(lab).clear(),
});

function find(lab: Lab, account: string): ViberAccount | undefined {
  for (const bot of bots(lab).values()) if (bot.public.account === account) return bot;
  return undefined;
}
