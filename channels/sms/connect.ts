import { SendError } from '@tributary/protocol';
import type { Address, Connected, Finding, Io, Reach } from '../adapter.ts';
import { type Json, readObject, readObjects, readText } from '../common/json.ts';
import { accountPath, calls, callTwilio, insisting } from '../common/twilio.ts';
import type { SmsConfig } from './config.ts';

/**
 * Reads the account, which proves the credentials, and points what the sender receives here: the number, and the messaging service where there is
 * one, since a service’s URL wins over its numbers’. What the number does with calls is left alone.
 */
export async function connect(config: SmsConfig, io: Io, hook: { url: string }): Promise<Connected<SmsConfig>> {
  if (!config.phoneNumber && !config.messagingServiceSid) throw refused(NO_SENDER);
  const account = await readAccount(config, io);
  const number = await findNumber(config, io);
  if (!number && config.phoneNumber?.startsWith('+') && !config.messagingServiceSid) throw refused(noNumber(config));
  const sid = readText(number?.sid);
  if (sid) {
    // A TwiML app would win over the URL.
    const form = { SmsUrl: insisting(hook.url), SmsMethod: 'POST', SmsApplicationSid: '' };
    await callTwilio({ method: 'POST', path: accountPath(config, 'IncomingPhoneNumbers', sid), form }, config, io);
  }
  const service = await readService(config, io);
  if (service && service.use_inbound_webhook_on_number !== true) {
    const form = { InboundRequestUrl: insisting(hook.url), InboundMethod: 'POST' };
    await callTwilio({ method: 'POST', path: servicePath(config), host: 'messaging', form }, config, io);
  }
  const name = [
    readText(service?.friendly_name) ?? readText(account.friendly_name),
    config.phoneNumber && (readText(number?.friendly_name) ?? config.phoneNumber),
  ];
  return { name: name.filter(Boolean).join(' · ') };
}

/** What works and what does not, each with the step that mends it. */
export async function probe(config: SmsConfig, io: Io, hook: { url: string }): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    findings.push(...aboutAccount(await readAccount(config, io)));
    if (config.phoneNumber) findings.push(...aboutNumber(await findNumber(config, io), config, hook));
    const service = await readService(config, io);
    if (service) findings.push(aboutService(service, hook));
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    findings.push(aboutRefusal(error));
  }
  if (!config.phoneNumber && !config.messagingServiceSid) {
    findings.push({ name: 'permissions', ok: false, message: NO_SENDER, remedy: 'Give the channel a sender.' });
  }
  return findings;
}

/** Asks Twilio Lookup whether the number can have text messages at all. The kind of line is a paid answer. */
export async function check(address: Address, config: SmsConfig, io: Io): Promise<Reach> {
  const path = `/v2/PhoneNumbers/${encodeURIComponent(address.value)}?Fields=line_type_intelligence`;
  const found = await callTwilio({ method: 'GET', path, host: 'lookups' }, config, io);
  const line = readText(readObject(found.line_type_intelligence)?.type);
  return { reachable: found.valid === true && line !== 'landline', features: line ? [line] : [] };
}

const NO_SENDER = 'There is neither a phone number nor a messaging service, so nothing can be sent.';
const noNumber = ({ phoneNumber }: SmsConfig): string => `The account has no number ${phoneNumber}.`;
const refused = (providerMessage: string): SendError => new SendError('rejected', { providerMessage });

const readAccount = (config: SmsConfig, io: Io): Promise<Json> =>
  callTwilio({ method: 'GET', path: accountPath(config) }, config, io);

/** The number as our account holds it; short codes and names of letters are kept elsewhere. */
async function findNumber(config: SmsConfig, io: Io): Promise<Json | undefined> {
  if (!config.phoneNumber?.startsWith('+')) return undefined;
  const path = `${accountPath(config, 'IncomingPhoneNumbers')}?${new URLSearchParams({ PhoneNumber: config.phoneNumber })}`;
  const list = readObjects((await callTwilio({ method: 'GET', path }, config, io)).incoming_phone_numbers);
  return list.find((one) => one.phone_number === config.phoneNumber);
}

const servicePath = (config: SmsConfig): string => `/v1/Services/${config.messagingServiceSid}`;

async function readService(config: SmsConfig, io: Io): Promise<Json | undefined> {
  if (!config.messagingServiceSid) return undefined;
  return callTwilio({ method: 'GET', path: servicePath(config), host: 'messaging' }, config, io);
}

function aboutAccount(account: Json): Finding[] {
  const name = readText(account.friendly_name) ?? 'the account';
  const findings: Finding[] = [{ name: 'credentials', ok: true, message: `The credentials speak for ${name}.` }];
  const status = readText(account.status);
  if (status && status !== 'active') {
    const remedy = 'Take it up at Twilio Console › Account; a suspended account mostly owes something.';
    findings.push({ name: 'permissions', ok: false, message: `Twilio calls the account ${status}.`, remedy });
  }
  if (account.type === 'Trial') {
    const message = 'A trial account writes to verified numbers only, and adds a line to each text.';
    findings.push({
      name: 'permissions',
      ok: false,
      message,
      remedy: 'Upgrade the account at Twilio Console › Billing.',
    });
  }
  return findings;
}

function aboutRefusal(error: SendError): Finding {
  const { providerMessage } = error.detail;
  const message = providerMessage ?? error.message;
  const remedy =
    error.code === 'bad_credentials'
      ? 'Copy the account SID and the auth token anew from Twilio Console › Account Info; where there is an API key, check it too.'
      : error.retry
        ? 'Nothing to mend yet: try again in a minute.'
        : 'Check that the messaging service belongs to this account.';
  return { name: 'credentials', ok: false, message, remedy };
}

const RECONNECT = 'Connect the channel again; it points the sender’s webhooks here.';

function aboutNumber(number: Json | undefined, config: SmsConfig, hook: { url: string }): Finding[] {
  if (!config.phoneNumber?.startsWith('+')) {
    const remedy = `Enter ${hook.url} for it at Twilio Console, if it can be answered at all.`;
    const message = `Where ${config.phoneNumber} receives cannot be read by the API.`;
    return [{ name: 'webhook', ok: true, message, remedy }];
  }
  if (!number) {
    const remedy = 'Choose a number of this account: Twilio Console › Phone Numbers › Active numbers.';
    return [{ name: 'permissions', ok: false, message: noNumber(config), remedy }];
  }
  const findings: Finding[] = [];
  const able = readObject(number.capabilities);
  if (able?.sms === false) {
    const remedy = 'Choose a number that can, at Twilio Console › Phone Numbers › Buy a number.';
    findings.push({ name: 'permissions', ok: false, message: 'The number cannot send text messages.', remedy });
  }
  if (able?.mms === false && (config.mms ?? 'images') !== 'none') {
    const message = 'The number cannot send MMS, so pictures would be refused.';
    findings.push({
      name: 'permissions',
      ok: false,
      message,
      remedy: 'Set “Files by MMS” to none: they become links.',
    });
  }
  // The service decides for its numbers.
  if (config.messagingServiceSid) return findings;
  const application = readText(number.sms_application_sid);
  const url = readText(number.sms_url);
  if (application) {
    const message = `The TwiML app ${application} receives what is written to the number.`;
    return [...findings, { name: 'webhook', ok: false, message, remedy: RECONNECT }];
  }
  return [...findings, aboutUrl(url, hook)];
}

function aboutService(service: Json, hook: { url: string }): Finding {
  if (service.use_inbound_webhook_on_number === true) {
    const message = 'The messaging service leaves webhooks to its numbers.';
    const remedy = `Enter ${hook.url} at each of its numbers, or let the service decide.`;
    return { name: 'webhook', ok: true, message, remedy };
  }
  return aboutUrl(readText(service.inbound_request_url), hook);
}

function aboutUrl(url: string | undefined, hook: { url: string }): Finding {
  if (calls(url, hook.url)) return { name: 'webhook', ok: true, message: 'What people write comes to this channel.' };
  const message = url ? `What people write goes to ${url}.` : 'What people write goes nowhere.';
  return { name: 'webhook', ok: false, message, remedy: RECONNECT };
}
