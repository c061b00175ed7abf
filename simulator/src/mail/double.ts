import type { Double, MakeDouble } from '../double.ts';
import { addresses, MailAccount } from './account.ts';
import { actOnMail, writeText } from './customer.ts';
import { MailServers } from './servers.ts';

/** Mail: a mail server to hand mail in and to read it from, and Mailgun for the same addresses. */
export const email: MakeDouble = (lab): Double<MailAccount> => {
  const servers = new MailServers(lab);
  return {
    provider: 'email',
    baseUrl: (labUrl) => `${labUrl}/mailgun`,
    deeds: ['mail', 'text', 'tap', 'image', 'video', 'audio', 'document', 'read', 'block', 'unblock'],
    ensure(wanted) {
      const known = wanted.account && addresses(lab).get(wanted.account.toLowerCase());
      const account = known || new MailAccount(lab, wanted);
      addresses(lab).set(account.address, account);
      return account;
    },
    find: (address) => addresses(lab).get(address.toLowerCase()),
    accounts: () => addresses(lab).values(),
    act: (account, person, deed) => actOnMail(lab, account, person, deed),
    write: (account, person, text, watcher) => writeText(lab, account, person, text, watcher),
    reset() {
      for (const account of addresses(lab).values()) account.reset();
    },
    forget() {
      addresses(lab).clear();
      servers.drop();
    },
    start: () => servers.start(),
    stop: () => servers.stop(),
  };
};
