import type { InboundEvent, InboundEventOf } from '../adapter.ts';
import { readText } from '../common/json.ts';
import type { InboundData } from './payloads.ts';

/** What all events of one request share. */
export interface Base {
  account: string;
  at: Date;
  raw: unknown;
}

type State = InboundEventOf<'receipt'>['state'];

const STATES: Readonly<Record<string, State>> = {
  DELIVERED: 'delivered',
  READ: 'read',
  TTL_EXPIRATION_REVOKED: 'failed',
};

/**
 * Evidence about something we sent. READ may come without DELIVERED, or before it. A message taken back at the end of its time was not delivered,
 * and may go out in another way now; where taking it back failed, it may still arrive, and nothing has been settled.
 */
export function toReceipt(told: InboundData, word: string, base: Base): InboundEvent | undefined {
  const externalId = readText(told.messageId);
  if (word === 'TTL_EXPIRATION_REVOKE_FAILED') {
    const reason = 'Google could not take the message back at the end of its time: it may still arrive.';
    return { ...base, key: `ignored:${externalId ?? ''}:${word}`, type: 'ignored', reason };
  }
  const state = Object.hasOwn(STATES, word) ? STATES[word] : undefined;
  if (!externalId || !state) return undefined;
  const expired = {
    code: 'invalid_recipient' as const,
    providerCode: word,
    providerMessage: 'It was not delivered within its time to live, and Google took it back.',
  };
  return {
    ...base,
    key: `receipt:${externalId}:${word}`,
    type: 'receipt',
    target: { externalId },
    state,
    ...(state === 'failed' ? { error: expired } : {}),
  };
}
