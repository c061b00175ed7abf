import type { Double, MakeDouble } from '../double.ts';
import { agents, bareAgent, RcsAccount } from './account.ts';
import { actOnRcs, DEEDS, writeText } from './customer.ts';

/** Google's RCS for Business: agents, each with a service account that may speak for it. */
export const rcs: MakeDouble = (lab): Double<RcsAccount> => ({
  provider: 'rcs',
  baseUrl: (labUrl) => `${labUrl}/rcs`,
  deeds: DEEDS,
  ensure(wanted) {
    const id = wanted.account ?? wanted.credentials?.agentId;
    let account = id === undefined ? undefined : agents(lab).get(bareAgent(id));
    if (!account) {
      account = new RcsAccount(lab, wanted);
      agents(lab).set(account.agentId, account);
    }
    if (wanted.webhookUrl) account.listen(wanted.webhookUrl);
    return account;
  },
  find: (account) => agents(lab).get(bareAgent(account)),
  accounts: () => agents(lab).values(),
  act: (account, person, deed) => actOnRcs(lab, account, person, deed),
  write: (account, person, text, watcher) => writeText(lab, account, person, text, watcher),
  reset() {
    for (const account of agents(lab).values()) account.reset();
  },
  forget: () => agents(lab).clear(),
});
