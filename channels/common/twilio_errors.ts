import type { SendErrorCode } from '@tributary/protocol';

/** One line of Twilio’s error table: which codes it speaks of, and what they mean to us. */
export interface TwilioErrorRule {
  /** Codes, or ranges with both ends in them. */
  codes: readonly (number | readonly [first: number, last: number])[];
  ours: SendErrorCode;
  /** What has to wait, where something has. */
  scope?: 'recipient' | 'channel';
  /** The shortest wait that makes sense, where Twilio names none in the answer. */
  retryAfterMs?: number;
  means: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Twilio’s error dictionary as far as it concerns messages and calls, for answers and for `ErrorCode` in callbacks alike. The first line that
 * fits decides.
 */
export const TWILIO_ERRORS: readonly TwilioErrorRule[] = [
  { codes: [20003, 20004, 20005, 20006, 20008], ours: 'bad_credentials', means: 'the credentials are not valid here' },
  { codes: [20404], ours: 'rejected', means: 'there is no such thing' },
  { codes: [20429], ours: 'rate_limited', scope: 'channel', retryAfterMs: SECOND, means: 'too many requests at once' },
  { codes: [14107, 21611], ours: 'rate_limited', scope: 'channel', retryAfterMs: MINUTE, means: 'our queue is full' },
  { codes: [20500, 20503], ours: 'unavailable', means: 'temporary' },

  // Messages, when they are handed over.
  { codes: [21610], ours: 'opted_out', means: 'the recipient answered STOP to this sender' },
  {
    codes: [21211, 21214, 21217, 21265, 21401, 21614],
    ours: 'invalid_recipient',
    means: 'no number to write to',
  },
  { codes: [13223, 13224, 21216], ours: 'invalid_recipient', means: 'no number to call' },
  // A sender that is wrong stays wrong, but says nothing against the credentials: the channel goes on.
  { codes: [21210, 21212, 21213, 21603, 21606, 21659, 21660], ours: 'rejected', means: 'the sender cannot send this' },
  { codes: [21701, 21703], ours: 'rejected', means: 'the messaging service is unknown or has no sender' },
  { codes: [21612], ours: 'rejected', means: 'no route from this sender to this number' },
  { codes: [21215, 21227, 21408], ours: 'rejected', means: 'messages or calls to this country are not allowed' },
  {
    codes: [21602, 21617, 21619, 21654, 21655, 21656],
    ours: 'content_refused',
    means: 'the text or template is refused',
  },
  {
    codes: [21620, 21623, 12300],
    ours: 'content_refused',
    means: 'the file could not be fetched, or not its type',
  },
  { codes: [11751, 21622, 30019], ours: 'too_large', means: 'the message with its files is too large' },

  // Messages, when a carrier has had its say.
  { codes: [30001, 30017], ours: 'unavailable', means: 'the queue or the network is full' },
  { codes: [30002], ours: 'bad_credentials', means: 'the account is suspended' },
  { codes: [30003], ours: 'invalid_recipient', means: 'the handset is off or out of reach' },
  { codes: [30004], ours: 'rejected', means: 'the message is blocked' },
  { codes: [30005, 30006], ours: 'invalid_recipient', means: 'unknown handset, or a landline' },
  { codes: [30007], ours: 'rejected', means: 'a carrier filtered the message' },
  { codes: [30008], ours: 'unexpected', means: 'the carrier gives no reason' },
  { codes: [30011, 30012], ours: 'content_refused', means: 'the carrier carries no such file' },
  {
    codes: [30022, 30023, 30027],
    ours: 'rate_limited',
    scope: 'channel',
    retryAfterMs: HOUR,
    means: 'a cap for business senders',
  },
  { codes: [30032, 30034, 30035], ours: 'rejected', means: 'the sender is not registered or verified' },
  { codes: [30036], ours: 'rejected', means: 'its time to live is over' },

  // RCS and WhatsApp through Twilio.
  { codes: [63018], ours: 'rate_limited', scope: 'channel', retryAfterMs: SECOND, means: 'too many on this channel' },
  { codes: [63016], ours: 'window_closed', means: 'outside the 24 hours' },
  { codes: [63003, 63024, 63036], ours: 'invalid_recipient', means: 'not reachable on this channel' },
  { codes: [63007, 63035], ours: 'rejected', means: 'the sender is not on this channel, or not launched' },
  { codes: [[63000, 63999]], ours: 'rejected', means: 'the channel refused it' },

  // Calls.
  { codes: [[13226, 13230]], ours: 'rejected', means: 'calls to this country or number are not allowed' },
  {
    codes: [
      [12000, 12999],
      [13200, 13999],
    ],
    ours: 'content_refused',
    means: 'the call’s instructions are refused',
  },
];

/** The line that speaks of a code; `undefined` for codes that Twilio has not told us of. */
export function findTwilioError(code: number | undefined): TwilioErrorRule | undefined {
  if (code === undefined) return undefined;
  return TWILIO_ERRORS.find((rule) =>
    rule.codes.some((one) => (typeof one === 'number' ? one === code : code >= one[0] && code <= one[1])),
  );
}
