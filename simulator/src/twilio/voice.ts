import type { Double, MakeDouble } from '../double.ts';
import { smsAccounts } from './account.ts';
import { actOnVoice } from './caller.ts';
import { exchange } from './exchange.ts';
import { publishUrls } from './publish.ts';
import { ensureVoice, type VoiceAccount, voiceAccounts } from './voice_account.ts';

/** Twilio's calls: numbers that telephone, known by their number. */
export const voice: MakeDouble = (lab): Double<VoiceAccount> => ({
  provider: 'voice',
  baseUrl: (labUrl) => `${labUrl}/twilio`,
  deeds: ['dial', 'answer', 'hangup', 'press', 'speak', 'record', 'block', 'unblock'],
  ensure(wanted) {
    const account = ensureVoice(lab, wanted);
    if (wanted.webhookUrl) {
      account.number.voiceUrl = wanted.webhookUrl;
      account.number.statusCallback = `${wanted.webhookUrl}/status`;
    }
    publishUrls(lab);
    return account;
  },
  find: (account) => voiceAccounts(lab).get(account),
  accounts: () => voiceAccounts(lab).values(),
  act: (account, person, deed) => actOnVoice(lab, account, person, deed),
  reset() {
    for (const account of voiceAccounts(lab).values()) account.reset();
  },
  forget() {
    for (const { number } of voiceAccounts(lab).values())
      if (!smsAccounts(lab).has(number.phoneNumber)) exchange(lab).forget(number);
    voiceAccounts(lab).clear();
  },
});
