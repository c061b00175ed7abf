import type { TwilioAccount } from '../../common/twilio.ts';
import { type RcsConfig, shortAgent } from '../config.ts';

/** Who we are at Twilio. What is missing is empty, and Twilio refuses it in words that `connect` tells. */
export function twilioOf({ accountSid = '', authToken = '', previousAuthToken }: RcsConfig): TwilioAccount {
  return { accountSid, authToken, ...(previousAuthToken ? { previousAuthToken } : {}) };
}

/** The sender as Twilio spells it. */
export const senderOf = (config: RcsConfig): string => `rcs:${shortAgent(config.agentId)}`;
