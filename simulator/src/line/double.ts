import type { Double, MakeDouble } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LabError } from '../lab-error.ts';
import { accounts, LineAccount } from './account.ts';
import { actOnLine, writeText } from './customer.ts';

/** LINE's Messaging API: official accounts, known by their access token. */
export const line: MakeDouble = (lab): Double<LineAccount> => ({
  provider: 'line',
  baseUrl: (labUrl) => `${labUrl}/line`,
  deeds: [
    'text',
    'tap',
    'image',
    'video',
    'audio',
    'document',
    'location',
    'sticker',
    'unsend',
    'start',
    'follow',
    'unfollow',
    'block',
    'unblock',
    'elapse',
  ],
  ensure(wanted) {
    if (wanted.account && !/^U[0-9a-f]{32}$/.test(wanted.account))
      throw new LabError(400, 'An account is U and 32 hexadecimal digits.');
    const token = wanted.credentials?.channelAccessToken;
    const known = token === undefined ? wanted.account && find(lab, wanted.account) : accounts(lab).get(token);
    const account = known || new LineAccount(lab, wanted);
    accounts(lab).set(account.token, account);
    if (wanted.webhookUrl) account.listen(wanted.webhookUrl);
    return account;
  },
  find: (account) => find(lab, account),
  accounts: () => accounts(lab).values(),
  act: (account, person, deed) => actOnLine(lab, account, person, deed),
  write: (account, person, text, watcher) => writeText(lab, account, person, text, watcher),
  reset() {
    for (const account of accounts(lab).values()) account.reset();
  },
  forget: () => accounts(lab).clear(),
});

function find(lab: Lab, id: string): LineAccount | undefined {
  for (const account of accounts(lab).values()) if (account.userId === id) return account;
  return undefined;
}
