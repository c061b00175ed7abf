import type { Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { type Entry, remember } from '../phones.ts';
import { sid } from './exchange.ts';
import type { VoiceAccount } from './voice_account.ts';

export type CallState =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'no-answer'
  | 'failed'
  | 'canceled';
export type Direction = 'inbound' | 'outbound-api' | 'outbound-dial';

/** What somebody did while they were listened to. */
export type Input = { digits: string } | { speech: string } | { recorded: Recorded } | 'silence' | 'gone';
export interface Recorded {
  seconds: number;
  base64?: string;
  digits: string;
}

/** What a call waits for from its person. */
export interface Listening {
  kinds: ('digits' | 'speech' | 'record')[];
  numDigits?: number;
  finishOnKey: string;
  pressed: string;
  timer?: NodeJS.Timeout;
  timeoutMs: number;
  heard(input: Input): void;
}

/** One call, from the first ring to the last word. What it is doing is in `perform.ts`. */
export class PhoneCall {
  readonly sid: string = sid('CA');
  readonly lab: Lab;
  readonly account: VoiceAccount;
  readonly direction: Direction;
  readonly person: Person | undefined;
  readonly to: string;
  readonly from: string;
  state: CallState = 'queued';
  over = false;
  /** Where its states are told, and which. */
  callback = '';
  callbackEvents: readonly string[] = ['completed'];
  sequence = 0;
  answeredBy: string | undefined;
  readonly createdAt = new Date();
  answeredAt: Date | undefined;
  endedAt: Date | undefined;
  listening: Listening | undefined;
  /** Whoever hears that it was picked up, or that it was not. */
  picked: ((state: CallState) => void) | undefined;
  /** A call that this one is put through to, or the one that was put through to this. */
  bridge: PhoneCall | undefined;
  parent: PhoneCall | undefined;
  /** Counts its documents: what belongs to an older one has ended. */
  turn = 0;
  /** The whole call is recorded, and where that is told. */
  recording: { callback: string; source: string } | undefined;
  readonly entry: Entry;

  constructor(
    lab: Lab,
    account: VoiceAccount,
    direction: Direction,
    person: Person | undefined,
    to: string,
    from: string,
  ) {
    this.lab = lab;
    this.account = account;
    this.direction = direction;
    this.person = person;
    this.to = to;
    this.from = from;
    this.entry = {
      view: {
        id: this.sid,
        from: direction === 'inbound' ? 'customer' : 'business',
        at: this.createdAt.toISOString(),
        kind: 'call',
        call: { state: 'ringing', says: [], lines: [] },
      },
    };
    account.keep(this);
  }

  get view(): NonNullable<PhoneMessage['call']> {
    return this.entry.view.call!;
  }

  /** The telephone shows the call from now on. */
  show(): void {
    if (!this.person) return;
    remember(this.account.phones.of(this.person), this.entry);
    this.changed('message');
  }

  changed(change: 'message' | 'edit' | 'status' = 'edit'): void {
    if (this.person) this.lab.changed(this.account.public, this.person, change, this.sid);
  }

  /** Somebody said something, for the telephone to show. */
  say(from: 'business' | 'customer', text: string): void {
    const { view } = this;
    if (from === 'business') view.says.push(text);
    view.lines = [...(view.lines ?? []), { from, text }];
    this.changed();
  }

  /** Seconds of a call, on the Lab's clock. */
  ms(seconds: number): number {
    return seconds * this.lab.settings.callSecondMs;
  }

  get seconds(): number {
    if (!this.answeredAt) return 0;
    const ms = (this.endedAt ?? new Date()).getTime() - this.answeredAt.getTime();
    return Math.max(1, Math.round(ms / Math.max(1, this.lab.settings.callSecondMs)));
  }

  /** What Twilio tells of a call in every request. */
  get fields(): Record<string, string> {
    const [caller, called] = [this.from, this.to];
    return {
      AccountSid: this.account.number.accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.sid,
      CallStatus: this.state === 'initiated' ? 'queued' : this.state,
      Called: called,
      CalledCity: '',
      CalledCountry: 'US',
      CalledState: '',
      CalledZip: '',
      Caller: caller,
      CallerCity: '',
      CallerCountry: 'US',
      CallerState: '',
      CallerZip: '',
      Direction: this.direction,
      From: caller,
      FromCity: '',
      FromCountry: 'US',
      FromState: '',
      FromZip: '',
      To: called,
      ToCity: '',
      ToCountry: 'US',
      ToState: '',
      ToZip: '',
      ...(this.direction === 'inbound' ? { StirVerstat: 'TN-Validation-Passed-A' } : {}),
      ...(this.parent ? { ParentCallSid: this.parent.sid } : {}),
      ...(this.answeredBy ? { AnsweredBy: this.answeredBy } : {}),
    };
  }

  /** The call as the API tells of it. */
  get resource(): Record<string, unknown> {
    const { accountSid, sid: numberSid } = this.account.number;
    const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${this.sid}`;
    return {
      sid: this.sid,
      account_sid: accountSid,
      api_version: '2010-04-01',
      answered_by: this.answeredBy ?? null,
      caller_name: null,
      date_created: rfc(this.createdAt),
      direction: this.direction,
      duration: this.endedAt ? String(this.seconds) : null,
      end_time: this.endedAt ? rfc(this.endedAt) : null,
      forwarded_from: null,
      from: this.from,
      parent_call_sid: this.parent?.sid ?? null,
      phone_number_sid: numberSid,
      price: null,
      price_unit: 'USD',
      start_time: this.answeredAt ? rfc(this.answeredAt) : null,
      status: this.state === 'initiated' ? 'queued' : this.state,
      subresource_uris: { recordings: `${uri}/Recordings.json` },
      to: this.to,
      uri: `${uri}.json`,
    };
  }
}

const rfc = (date: Date): string => date.toUTCString().replace('GMT', '+0000');
