import type { OptOut, SendErrorCode } from '@tributary/protocol';

/** What a status of Viber’s means: our code, and what of it has to wait. */
export interface Fault {
  code: SendErrorCode;
  scope?: 'recipient' | 'channel';
  retryAfterMs?: number;
  optOut?: OptOut;
}

const MINUTE_MS = 60_000;

/**
 * The statuses of the REST Bot API (https://developers.viber.com/docs/api/rest-bot-api/#error-codes). Viber answers HTTP 200 to everything, so
 * they are all there is to go by.
 */
const FAULTS: Readonly<Record<number, Fault>> = {
  // invalidUrl: the webhook’s.
  1: { code: 'bad_credentials' },
  2: { code: 'bad_credentials' },
  // badData, missingData
  3: { code: 'content_refused' },
  4: { code: 'content_refused' },
  5: { code: 'invalid_recipient' },
  // notSubscribed: left, or never came.
  6: { code: 'opted_out', optOut: { state: 'blocked' } },
  // The account is blocked, unknown, suspended, has no webhook.
  7: { code: 'bad_credentials' },
  8: { code: 'bad_credentials' },
  9: { code: 'bad_credentials' },
  10: { code: 'bad_credentials' },
  11: { code: 'invalid_recipient' },
  // 100 messages within the hour that the person has not answered. The count starts anew when they write.
  12: { code: 'rate_limited', scope: 'recipient', retryAfterMs: 5 * MINUTE_MS },
  // The person’s app is too old for it; send.ts says it more plainly first.
  13: { code: 'content_refused' },
  14: { code: 'content_refused' },
  15: { code: 'bad_credentials' },
  16: { code: 'rejected' },
  17: { code: 'rejected' },
  18: { code: 'rejected' },
  19: { code: 'rejected' },
  20: { code: 'rejected' },
  21: { code: 'rejected' },
  // No payment: not supported, free messages used up, no balance.
  22: { code: 'bad_credentials' },
  23: { code: 'bad_credentials' },
  24: { code: 'bad_credentials' },
};

/** What Viber has no number for is its “general error”, which may pass. */
export function faultOf(status: number): Fault {
  return FAULTS[status] ?? { code: 'unexpected' };
}
