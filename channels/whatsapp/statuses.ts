import type { InboundEvent, InboundEventOf } from '../adapter.ts';
import { readObjects, readText } from '../common/json.ts';
import { readProviderError, readTime } from '../common/meta.ts';
import type { Place } from './messages.ts';
import type { InboundStatus } from './payloads.ts';

type State = InboundEventOf<'receipt'>['state'];

/** `played` is the first play of a voice note, which is more than reading it. Older words (`deleted`, `warning`) tell us nothing. */
const STATES: Readonly<Record<string, State>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
};

/** What we put into a send comes back in its statuses; other programs on the same number put in other things. */
const PART_KEY = /^dlv_[0-9a-f]+\.\d+$/;

/** One element of `statuses`: evidence about something we sent, in no particular order. */
export function toReceipt(status: InboundStatus, place: Place): InboundEvent {
  const externalId = readText(status.id);
  const word = readText(status.status);
  const base = { account: place.account, at: readTime(status.timestamp, place.receivedAt), raw: status };
  // In a group each participant has a state.
  const participant = readText(status.recipient_participant_id) ?? readText(status.recipient_participant_user_id);
  const name = [externalId, word, participant].filter(Boolean).join(':');
  const state = word && Object.hasOwn(STATES, word) ? STATES[word] : undefined;
  if (!externalId || !state) {
    return {
      ...base,
      key: `ignored:status:${name}`,
      type: 'ignored',
      reason: `A status “${word ?? ''}” that moves nothing.`,
    };
  }
  const ours = readText(status.biz_opaque_callback_data);
  const [error] = readObjects(status.errors);
  return {
    ...base,
    key: `receipt:${name}`,
    type: 'receipt',
    target: ours && PART_KEY.test(ours) ? { partKey: ours, externalId } : { externalId },
    state,
    ...(state === 'failed' ? { error: error ? readProviderError(error) : { code: 'rejected' as const } } : {}),
  };
}
