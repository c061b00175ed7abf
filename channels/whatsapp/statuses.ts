import type { InboundEvent, InboundEventOf } from '../adapter.ts';
import { readObjects, readText } from '../common/json.ts';
import { readPartKey, readProviderError, readTime } from '../common/meta.ts';
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
  const partKey = readPartKey(status.biz_opaque_callback_data);
  const [error] = readObjects(status.errors);
  return {
    ...base,
    key: `receipt:${name}`,
    type: 'receipt',
    target: partKey ? { partKey, externalId } : { externalId },
    state,
    ...(state === 'failed' ? { error: error ? readProviderError(error) : { code: 'rejected' as const } } : {}),
  };
}
