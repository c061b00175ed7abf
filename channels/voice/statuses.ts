import type { SendErrorCode } from '@tributary/protocol';
import type { ProviderError } from '../adapter.ts';
import { present, readNumber } from '../common/json.ts';
import { type Form, readField } from '../common/twilio.ts';
import type { Caller, Meaning } from './caller.ts';
import { readPart } from './place.ts';

type Outcome = 'sent' | 'delivered' | 'failed';

/** What the states of a call mean for whoever had it made (Twilio’s page on status callbacks). Absent: nothing yet. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ringing: 'sent',
  'in-progress': 'delivered',
  completed: 'delivered',
  busy: 'failed',
  'no-answer': 'failed',
  failed: 'failed',
  canceled: 'failed',
};

const STATES = ['queued', 'initiated', ...Object.keys(OUTCOMES)];
const ENDS = ['completed', 'busy', 'no-answer', 'failed', 'canceled'];

/** A status callback: the call’s own state, and for a call of ours a receipt of what it was made to say. */
export function readStatus(caller: Caller, query: URLSearchParams): Meaning[] {
  const { call, direction, form, person } = caller;
  const state = readField(form, 'CallStatus') ?? '';
  const ignore = (reason: string): Meaning[] => [{ type: 'ignored', key: `ignored:${call}:${state}`, reason }];
  if (direction === 'leg') return ignore('A part of a call that was put through.');
  if (!STATES.includes(state)) return ignore(`The state “${state.slice(0, 40)}” is new to us.`);
  const at = readTime(readField(form, 'Timestamp'));
  const when = at ? { at } : {};
  const told: Meaning = {
    type: 'call',
    key: `call:${call}:${state}`,
    ...when,
    from: person,
    session: { id: call, open: !ENDS.includes(state), direction },
    detail: {
      id: call,
      direction,
      state,
      ...present({
        seconds: readNumber(readField(form, 'CallDuration')),
        answeredBy: readField(form, 'AnsweredBy'),
        sipCode: readNumber(readField(form, 'SipResponseCode')),
      }),
    },
  };
  const outcome = direction === 'outbound' ? OUTCOMES[state] : undefined;
  if (!outcome) return [told];
  const part = readPart(query);
  return [
    told,
    {
      type: 'receipt',
      key: `receipt:${call}:${state}`,
      ...when,
      target: part ? { partKey: part, externalId: call } : { externalId: call },
      state: outcome,
      ...(outcome === 'failed' ? { error: failureOf(state, form) } : {}),
    },
  ];
}

const WHY: Readonly<Record<string, [code: SendErrorCode, says: string]>> = {
  busy: ['rejected', 'The line was busy.'],
  'no-answer': ['rejected', 'Nobody answered.'],
  canceled: ['rejected', 'The call was taken back before anybody answered.'],
};

/** Why nobody could be spoken to. A network that knows no such number says so by SIP: 404, 410, 484, 604. */
function failureOf(state: string, form: Form): ProviderError {
  const sip = readField(form, 'SipResponseCode');
  const unknown = ['404', '410', '484', '604'].includes(sip ?? '');
  const [code, says] = WHY[state] ?? [
    unknown ? 'invalid_recipient' : 'unavailable',
    unknown ? 'There is no such number.' : 'The call could not be connected.',
  ];
  const providerCode = readField(form, 'ErrorCode') ?? (state === 'failed' && sip ? `SIP ${sip}` : state);
  return { code, providerCode, providerMessage: says };
}

/** Twilio writes `Sun, 04 Oct 2026 12:34:02 +0000`. */
function readTime(text: string | undefined): Date | undefined {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
