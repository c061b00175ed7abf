import type { OptOut, SendErrorCode } from '@tributary/protocol';

/** One line of Meta’s error tables: which answers it speaks of, and what they mean to us. */
export interface GraphErrorRule {
  /** Meta’s `code`, or a range with both ends in it. Absent: the subcode alone decides. */
  code?: number | readonly [first: number, last: number];
  /** Meta’s `error_subcode`; absent: any, or none. */
  subcodes?: readonly number[];
  ours: SendErrorCode;
  /** What has to wait, where something has. */
  scope?: 'recipient' | 'channel';
  /** The shortest wait that makes sense, where Meta names none in the answer. */
  retryAfterMs?: number;
  /** What a person has stopped, where it is not everything. */
  optOut?: OptOut;
  means: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Graph API v26.0, for WhatsApp, Messenger and Instagram. The first line that fits decides, so a line with subcodes stands before the line of
 * its code alone. From Meta’s pages “Error codes” of the three products.
 */
export const GRAPH_ERRORS: readonly GraphErrorRule[] = [
  // Subcodes first.
  { code: 10, subcodes: [2018278, 2018065, 2534022], ours: 'window_closed', means: 'outside the messaging window' },
  { code: 10, subcodes: [2018108], ours: 'bad_credentials', means: 'the app is not public: only testers' },
  { code: 10, subcodes: [1893063], ours: 'rejected', means: 'the page is restricted' },
  { code: 551, subcodes: [1545041], ours: 'invalid_recipient', means: 'the person is not available' },
  { code: 200, subcodes: [1545041], ours: 'invalid_recipient', means: 'the person is not available' },
  { subcodes: [1545041], ours: 'window_closed', means: 'outside the messaging window' },
  { code: 200, subcodes: [2018028], ours: 'bad_credentials', means: 'the app is not public: only testers' },
  { code: 200, subcodes: [2534041], ours: 'bad_credentials', means: 'the account’s owner closed access to messages' },
  { code: 100, subcodes: [33], ours: 'bad_credentials', means: 'our number or page does not exist, or is not ours' },
  { code: 100, subcodes: [2018001, 2534014], ours: 'invalid_recipient', means: 'no such person for this page' },
  { code: 100, subcodes: [2018008, 2018294], ours: 'content_refused', means: 'the file could not be fetched' },
  { code: 100, subcodes: [2018047, 2018074], ours: 'content_refused', means: 'the file’s type or id does not fit' },
  { subcodes: [2534029, 2534122], ours: 'rejected', means: 'the account is restricted' },
  { subcodes: [2534068], ours: 'rejected', means: 'several images in one message are not available' },
  { code: 613, subcodes: [2534040], ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'page limit' },

  // All products.
  { code: 0, ours: 'bad_credentials', means: 'the token is not valid' },
  { code: 190, ours: 'bad_credentials', means: 'the token is not valid or has expired' },
  { code: 1, ours: 'unavailable', means: 'unknown to Meta itself' },
  { code: 2, ours: 'unavailable', means: 'temporary' },
  { code: 3, ours: 'bad_credentials', means: 'a permission is missing' },
  { code: 10, ours: 'bad_credentials', means: 'a permission is missing' },
  { code: [200, 229], ours: 'bad_credentials', means: 'a permission is missing' },
  { code: [231, 299], ours: 'bad_credentials', means: 'a permission is missing' },
  { code: 4, ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'limit of the app' },
  { code: 17, ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'limit of the user' },
  { code: 32, ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'limit of the page' },
  { code: 613, ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'limit of calls' },
  { code: 33, ours: 'bad_credentials', means: 'our number or page does not exist, or is not ours' },
  { code: 100, ours: 'rejected', means: 'a parameter is wrong' },
  { code: 368, ours: 'rejected', means: 'blocked for a breach of policy' },

  // WhatsApp, also in the `errors` of a status.
  { code: 80007, ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'limit of the account' },
  { code: 130429, ours: 'rate_limited', scope: 'channel', retryAfterMs: SECOND, means: 'throughput of the number' },
  // One message each six seconds to the same person.
  {
    code: 131056,
    ours: 'rate_limited',
    scope: 'recipient',
    retryAfterMs: 6 * SECOND,
    means: 'too many to this person',
  },
  // Trying soon makes it worse.
  { code: 131048, ours: 'rate_limited', scope: 'channel', retryAfterMs: HOUR, means: 'spam limit of the number' },
  { code: [133008, 133009], ours: 'rate_limited', scope: 'channel', retryAfterMs: HOUR, means: 'too many PIN tries' },
  { code: 133016, ours: 'rate_limited', scope: 'channel', retryAfterMs: HOUR, means: 'too many registrations' },
  { code: 131000, ours: 'unavailable', means: 'temporary' },
  { code: 131016, ours: 'unavailable', means: 'temporary' },
  { code: 133004, ours: 'unavailable', means: 'temporary' },
  { code: 131057, ours: 'unavailable', retryAfterMs: MINUTE, means: 'the number is in maintenance' },
  { code: 2494100, ours: 'unavailable', retryAfterMs: MINUTE, means: 'the number is in maintenance' },
  { code: 134101, ours: 'unavailable', retryAfterMs: MINUTE, means: 'the template is still syncing' },
  { code: 131005, ours: 'bad_credentials', means: 'a permission is missing' },
  { code: 131037, ours: 'bad_credentials', means: 'the display name is not approved' },
  { code: 131045, ours: 'bad_credentials', means: 'the number is not registered' },
  { code: 133000, ours: 'bad_credentials', means: 'a deregistration is incomplete' },
  { code: [133005, 133006], ours: 'bad_credentials', means: 'the number is not verified' },
  { code: 133010, ours: 'bad_credentials', means: 'the number is not registered' },
  { code: 133015, ours: 'bad_credentials', means: 'the number was just deleted' },
  { code: 131047, ours: 'window_closed', means: 'more than 24 hours since the customer wrote' },
  { code: 470, ours: 'window_closed', means: 'more than 24 hours since the customer wrote' },
  { code: 131026, ours: 'invalid_recipient', means: 'not on WhatsApp, has not accepted its terms, or has blocked us' },
  { code: 131021, ours: 'invalid_recipient', means: 'the recipient is our own number' },
  { code: 131030, ours: 'invalid_recipient', means: 'the number is not on the list of testers' },
  { code: 131062, ours: 'invalid_recipient', means: 'this message needs a phone number' },
  { code: 137000, ours: 'invalid_recipient', means: 'the recipient’s identity key has changed' },
  {
    code: 131050,
    ours: 'opted_out',
    optOut: { state: 'opted_out', purpose: 'marketing' },
    means: 'the recipient stopped marketing messages',
  },
  { code: 131049, ours: 'rejected', means: 'Meta held the marketing message back' },
  { code: 130472, ours: 'rejected', means: 'the recipient is part of an experiment of Meta’s' },
  { code: 130497, ours: 'rejected', means: 'messages to this country are not allowed' },
  { code: 131031, ours: 'rejected', means: 'the account is locked' },
  { code: 131042, ours: 'rejected', means: 'there is a problem with payment' },
  { code: 134011, ours: 'rejected', means: 'the payment terms are not accepted' },
  { code: 131064, ours: 'rejected', means: 'limited for misuse of templates' },
  { code: [131008, 131009], ours: 'rejected', means: 'a parameter is missing or wrong' },
  { code: 135000, ours: 'rejected', means: 'a parameter is wrong' },
  { code: 131036, ours: 'rejected', means: 'its time to live is over' },
  { code: 131055, ours: 'rejected', means: 'the wrong endpoint for marketing' },
  { code: 131063, ours: 'rejected', means: 'the wrong endpoint for marketing' },
  { code: 134100, ours: 'rejected', means: 'the wrong endpoint for marketing' },
  { code: 134102, ours: 'rejected', means: 'the wrong endpoint for marketing' },
  { code: 131051, ours: 'content_refused', means: 'this kind of message is not supported' },
  { code: 131053, ours: 'content_refused', means: 'the file could not be fetched, or its type or size is wrong' },
  {
    code: [132000, 132018],
    ours: 'content_refused',
    means: 'the template is unknown, paused, or its parameters are wrong',
  },
  { code: [132068, 132069], ours: 'content_refused', means: 'the flow is blocked or throttled' },

  // Messenger and Instagram.
  { code: 551, ours: 'invalid_recipient', means: 'the person is not available' },
  { code: 1200, ours: 'unavailable', means: 'temporary' },
  { code: 2200, ours: 'rejected', means: 'our URL did not give back what Meta asked it for' },
];

/** The line that speaks of an answer; `undefined` for codes Meta has not told us of. */
export function findGraphError(code: number | undefined, subcode?: number): GraphErrorRule | undefined {
  return GRAPH_ERRORS.find((rule) => {
    if (rule.subcodes && (subcode === undefined || !rule.subcodes.includes(subcode))) return false;
    if (rule.code === undefined) return true;
    if (code === undefined) return false;
    return typeof rule.code === 'number' ? rule.code === code : code >= rule.code[0] && code <= rule.code[1];
  });
}
