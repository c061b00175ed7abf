import type { Double, MakeDouble } from '../double.ts';
import { ensureSms, type SmsAccount, smsAccounts } from './account.ts';
import { actOnSms, writeText } from './customer.ts';
import { exchange } from './exchange.ts';
import { publishUrls } from './publish.ts';

/** Twilio's messages: numbers that text, known by their number. */
export const sms: MakeDouble = (lab): Double<SmsAccount> => ({
  provider: 'sms',
  baseUrl: (labUrl) => `${labUrl}/twilio`,
  deeds: ['text', 'image', 'video', 'audio', 'document', 'block', 'unblock'],
  ensure(wanted) {
    const account = ensureSms(lab, wanted);
    if (wanted.webhookUrl) account.number.smsUrl = wanted.webhookUrl;
    publishUrls(lab);
    return account;
  },
  find: (account) => smsAccounts(lab).get(account),
  accounts: () => smsAccounts(lab).values(),
  act: (account, person, deed) => actOnSms(lab, account, person, deed),
  write: (account, person, text, watcher) => writeText(lab, account, person, text, watcher),
  reset() {
    for (const account of smsAccounts(lab).values()) account.reset();
  },
  forget() {
    for (const { number } of smsAccounts(lab).values()) exchange(lab).forget(number);
    smsAccounts(lab).clear();
  },
});
