import type { InboundEvent, InboundEventOf } from '../adapter.ts';
import { type Form, readField, readTwilioError } from './twilio.ts';

/** The fields of a status callback that we read, spelled as Twilio spells them. */
type StatusField = 'MessageSid' | 'SmsSid' | 'MessageStatus' | 'SmsStatus' | 'ErrorCode' | 'ChannelStatusMessage';

type State = InboundEventOf<'receipt'>['state'];

/** Twilio’s words for what has become of a message. `accepted`, `scheduled`, `queued` and `sending` tell nothing that the answer did not. */
const STATES: Readonly<Record<string, State>> = {
  sent: 'sent',
  delivered: 'delivered',
  partially_delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
};

/** What we put into the URL of the callback comes back in it. */
export const PART = 'part';
const PART_KEY = /^dlv_[0-9a-f]+\.\d+$/;

/**
 * A status callback: evidence about something we sent, in no particular order, and perhaps before the answer to our request. `RawDlrDoneDate` is
 * the carrier’s clock in an unknown zone, so the moment is the one it reached us.
 */
export function toReceipt(
  form: Form,
  publicUrl: string,
  base: { account: string; at: Date; raw: unknown },
): InboundEvent {
  const read = (name: StatusField): string | undefined => readField(form, name);
  const externalId = read('MessageSid') ?? read('SmsSid');
  const word = read('MessageStatus') ?? read('SmsStatus') ?? '';
  const state = Object.hasOwn(STATES, word) ? STATES[word] : undefined;
  if (!externalId || !state) {
    const key = `ignored:status:${externalId ?? base.at.toISOString()}:${word}`;
    return { ...base, key, type: 'ignored', reason: `A status “${word}” that moves nothing.` };
  }
  const partKey = URL.canParse(publicUrl) ? new URL(publicUrl).searchParams.get(PART) : null;
  const words = word === 'canceled' ? 'The message was canceled at Twilio.' : read('ChannelStatusMessage');
  return {
    ...base,
    key: `receipt:${externalId}:${word}`,
    type: 'receipt',
    target: partKey && PART_KEY.test(partKey) ? { partKey, externalId } : { externalId },
    state,
    ...(state === 'failed' ? { error: readTwilioError(read('ErrorCode'), words) } : {}),
  };
}
