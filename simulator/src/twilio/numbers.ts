import { notFound } from './error.ts';
import { exchange, type TwilioNumber, type TwilioService } from './exchange.ts';
import { publishUrls } from './publish.ts';
import { rfc2822 } from './resource.ts';
import type { Answer, Question } from './routes.ts';

/** `IncomingPhoneNumbers`: the numbers of an account, and where each of them tells what happens. */
export function answerNumbers({ lab, method, path, accountSid, query, form }: Question): Answer {
  const numbers = exchange(lab).of(accountSid);
  const [, id] = path;
  if (id === undefined) {
    const wanted = query.get('PhoneNumber');
    const found = numbers.filter(({ phoneNumber }) => !wanted || phoneNumber.includes(wanted));
    return { status: 200, json: { incoming_phone_numbers: found.map(describeNumber), page: 0, page_size: 50 } };
  }
  const number = numbers.find((one) => one.sid === id);
  if (!number) throw notFound(`/${path.join('/')}.json`);
  if (method === 'POST') {
    const fields = {
      SmsUrl: 'smsUrl',
      SmsApplicationSid: 'smsApplicationSid',
      VoiceUrl: 'voiceUrl',
      VoiceApplicationSid: 'voiceApplicationSid',
      StatusCallback: 'statusCallback',
      FriendlyName: 'friendlyName',
    } as const;
    for (const [name, member] of Object.entries(fields)) {
      const value = form.get(name);
      if (value !== null) number[member as (typeof fields)[keyof typeof fields]] = value;
    }
    publishUrls(lab);
  }
  return { status: 200, json: describeNumber(number) };
}

function describeNumber(number: TwilioNumber): Record<string, unknown> {
  return {
    sid: number.sid,
    account_sid: number.accountSid,
    friendly_name: number.friendlyName,
    phone_number: number.phoneNumber,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    sms_url: number.smsUrl,
    sms_method: 'POST',
    sms_application_sid: number.smsApplicationSid,
    voice_url: number.voiceUrl,
    voice_method: 'POST',
    voice_application_sid: number.voiceApplicationSid,
    status_callback: number.statusCallback,
    status: 'in-use',
    uri: `/2010-04-01/Accounts/${number.accountSid}/IncomingPhoneNumbers/${number.sid}.json`,
  };
}

/** The account itself. */
export function describeAccount(accountSid: string, title: string): Record<string, unknown> {
  return {
    sid: accountSid,
    friendly_name: title,
    status: 'active',
    type: 'Full',
    date_created: rfc2822(new Date(Date.UTC(2026, 0, 1))),
    uri: `/2010-04-01/Accounts/${accountSid}.json`,
  };
}

/** `messaging.twilio.com/v1/Services/MG…`: a pool of numbers, and where it tells what is written to them. */
export function answerService({ lab, method, path, accountSid, form }: Question): Answer {
  const service = exchange(lab).services.get(path[1] ?? '');
  if (!service || service.accountSid !== accountSid) throw notFound(`/v1/${path.join('/')}`);
  if (method === 'POST') {
    service.inboundRequestUrl = form.get('InboundRequestUrl') ?? service.inboundRequestUrl;
    service.friendlyName = form.get('FriendlyName') ?? service.friendlyName;
    const defers = form.get('UseInboundWebhookOnNumber');
    if (defers !== null) service.defers = defers === 'true';
    publishUrls(lab);
  }
  return { status: 200, json: describeService(service) };
}

const describeService = (service: TwilioService): Record<string, unknown> => ({
  sid: service.sid,
  account_sid: service.accountSid,
  friendly_name: service.friendlyName,
  inbound_request_url: service.inboundRequestUrl || null,
  inbound_method: 'POST',
  use_inbound_webhook_on_number: service.defers,
});

/** `lookups.twilio.com/v2/PhoneNumbers/+1…`: what is known of a number. */
export function answerLookup({ lab, path, query }: Question): Answer {
  const number = decodeURIComponent(path[1] ?? '');
  const valid = /^\+[1-9]\d{7,14}$/.test(number);
  const person = valid ? lab.people.byNumber(number.slice(1)) : undefined;
  return {
    status: 200,
    json: {
      phone_number: number,
      valid,
      validation_errors: valid ? null : ['TOO_SHORT'],
      ...(query.get('Fields') === 'line_type_intelligence' && valid
        ? { line_type_intelligence: { type: person ? 'mobile' : null, carrier_name: 'Lab Mobile', error_code: null } }
        : {}),
    },
  };
}
