import type { MessageResource, SmsAccount } from './account.ts';

/** What every message has, whoever wrote it. */
export function resource(account: SmsAccount, id: string, body: string): MessageResource {
  const { accountSid } = account.number;
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${id}`;
  const now = rfc2822(new Date());
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body,
    date_created: now,
    date_sent: null,
    date_updated: now,
    error_code: null,
    error_message: null,
    messaging_service_sid: null,
    price: null,
    price_unit: 'USD',
    sid: id,
    subresource_uris: { media: `${uri}/Media.json` },
    uri: `${uri}.json`,
  };
}

/** Twilio's dates: `Sun, 04 Oct 2026 12:30:00 +0000`. */
export const rfc2822 = (date: Date): string => date.toUTCString().replace('GMT', '+0000');
