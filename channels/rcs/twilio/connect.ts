import { SendError } from '@tributary/protocol';
import type { Connected, Finding, Io } from '../../adapter.ts';
import { type Json, readText } from '../../common/json.ts';
import { accountPath, calls, callTwilio, insisting } from '../../common/twilio.ts';
import { type RcsConfig, shortAgent } from '../config.ts';
import { twilioOf } from './account.ts';

/** Proves the credentials, and where there is a messaging service points what its senders receive here. */
export async function connectTwilio(config: RcsConfig, io: Io, hook: { url: string }): Promise<Connected<RcsConfig>> {
  const account = await readAccount(config, io);
  if (config.messagingServiceSid) {
    const form = { InboundRequestUrl: insisting(hook.url), InboundMethod: 'POST' };
    await callTwilio({ method: 'POST', path: servicePath(config), host: 'messaging', form }, twilioOf(config), io);
  }
  const agent = shortAgent(config.agentId);
  return { account: agent, name: config.brandName || `${readText(account.friendly_name) ?? 'Twilio'} · ${agent}` };
}

const readAccount = (config: RcsConfig, io: Io): Promise<Json> => {
  const account = twilioOf(config);
  if (!account.accountSid || !account.authToken) {
    throw new SendError('bad_credentials', { providerMessage: 'Twilio needs an account SID and an auth token.' });
  }
  return callTwilio({ method: 'GET', path: accountPath(account) }, account, io);
};

const servicePath = (config: RcsConfig): string => `/v1/Services/${config.messagingServiceSid}`;

/** What works and what does not, each with the step that mends it. */
export async function probeTwilio(config: RcsConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  let name: string;
  try {
    name = readText((await readAccount(config, io)).friendly_name) ?? 'the account';
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const remedy = error.retry
      ? 'Nothing to mend yet: try again in a minute.'
      : 'Copy the account SID and the auth token anew from Twilio Console › Account Info.';
    return [{ name: 'credentials', ok: false, message: error.message, remedy }];
  }
  const key: Finding = { name: 'credentials', ok: true, message: `The credentials speak for ${name}.` };
  return [key, await aboutWebhook(config, io, hook)];
}

async function aboutWebhook(config: RcsConfig, io: Io, hook: { url: string }): Promise<Finding> {
  if (!config.messagingServiceSid) {
    const message = 'Where an RCS sender without a messaging service receives cannot be read by the API.';
    const remedy = `Enter ${hook.url} for it at Twilio Console › Messaging › RCS senders.`;
    return { name: 'webhook', ok: true, message, remedy };
  }
  try {
    const service = await callTwilio(
      { method: 'GET', path: servicePath(config), host: 'messaging' },
      twilioOf(config),
      io,
    );
    const url = readText(service.inbound_request_url);
    if (calls(url, hook.url)) return { name: 'webhook', ok: true, message: 'What people write comes to this channel.' };
    const message = url ? `What people write goes to ${url}.` : 'What people write goes nowhere.';
    const remedy = 'Connect the channel again; it points the service’s webhook here.';
    return { name: 'webhook', ok: false, message, remedy };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const remedy = 'Check that the messaging service belongs to this account and holds the RCS sender.';
    return { name: 'webhook', ok: false, message: error.message, remedy };
  }
}
