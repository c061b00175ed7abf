import type { Double, MakeDouble } from '../double.ts';
import { numbers, WhatsappAccount } from './account.ts';
import { callbacks } from './callback.ts';
import { actOnWhatsapp, writeText } from './customer.ts';

/** WhatsApp's Cloud API: numbers of business accounts, behind the Graph API. */
export const whatsapp: MakeDouble = (lab): Double<WhatsappAccount> => ({
  provider: 'whatsapp',
  baseUrl: (labUrl) => `${labUrl}/meta`,
  deeds: [
    'text',
    'tap',
    'choose',
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
    'echo',
    'elapse',
    'start',
  ],
  ensure(wanted) {
    const id = wanted.account ?? wanted.credentials?.phoneNumberId;
    let account = id === undefined ? undefined : numbers(lab).get(id);
    if (!account) {
      account = new WhatsappAccount(wanted);
      numbers(lab).set(account.phoneNumberId, account);
    }
    if (wanted.webhookUrl) account.appUrl = wanted.webhookUrl;
    account.publish();
    return account;
  },
  find: (account) => numbers(lab).get(account),
  accounts: () => numbers(lab).values(),
  act: (account, person, deed) => actOnWhatsapp(lab, account, person, deed),
  write: (account, person, text, watcher) => writeText(lab, account, person, text, watcher),
  pending: () => callbacks(lab).pending,
  reset() {
    for (const account of numbers(lab).values()) account.reset();
    callbacks(lab).clear();
  },
  forget: () => numbers(lab).clear(),
});
