import type { Lab } from '../lab.ts';
import { smsAccounts } from './account.ts';
import { voiceAccounts } from './voice_account.ts';

/** Shows on each account where it tells what happens, after a change. */
export function publishUrls(lab: Lab): void {
  for (const account of smsAccounts(lab).values()) account.public.webhookUrl = account.number.inboundUrl || undefined;
  for (const account of voiceAccounts(lab).values()) account.public.webhookUrl = account.number.voiceUrl || undefined;
}
