import type { Address, InboundEvent, InboundRequest } from '../adapter.ts';
import { type Form, readField, readForm } from '../common/twilio.ts';

/** An event without what every event of a request has in common. */
export type Meaning<T = InboundEvent> = T extends InboundEvent
  ? Omit<T, 'account' | 'raw' | 'at'> & { at?: Date }
  : never;

/** A request about one call, and who is at its other end. */
export interface Caller {
  form: Form;
  call: string;
  /** Who called whom. `leg`: the call to whoever we put through to. */
  direction: 'inbound' | 'outbound' | 'leg';
  person: Address;
  /** Our number; empty where the request does not tell. */
  ours: string;
}

/** What networks put in place of a number that is withheld: words, and the same words on a keypad. */
const WITHHELD =
  /^(?:anonymous|restricted|unavailable|unknown|private|\+?(?:266696687|7378742883|2562533|8656696|86282452253|464))$/i;

/** Reads who a request is about; nothing where it names no call. */
export function readCaller(request: InboundRequest): Caller | undefined {
  const form = readForm(request.body);
  const call = readField(form, 'CallSid');
  if (!call) return undefined;
  const said = readField(form, 'Direction') ?? 'inbound';
  const direction = said.startsWith('inbound') ? 'inbound' : said === 'outbound-dial' ? 'leg' : 'outbound';
  const [from, to] = [readField(form, 'From'), readField(form, 'To')];
  const [theirs, ours] = direction === 'inbound' ? [from, to] : [to, from];
  return { form, call, direction, person: addressOf(theirs, call), ours: ours ?? '' };
}

/** A number, a client or a SIP address; a caller who withholds the number is known by the call, so that two of them are two. */
export function addressOf(text: string | undefined, call: string): Address {
  if (!text || WITHHELD.test(text)) return { kind: 'scoped_id', value: call };
  return /^\+\d{3,15}$/.test(text) ? { kind: 'phone', value: text } : { kind: 'user_id', value: text };
}
