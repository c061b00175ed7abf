import { Bucket } from '../bucket.ts';
import type { Account, Person } from '../control.ts';
import { type DoubleAccount, eachLab } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LedgerBook } from '../ledger.ts';
import { PhoneBook } from '../phones.ts';
import type { PhoneCall } from './call.ts';
import { exchange, type TwilioNumber, type WantedNumber } from './exchange.ts';
import { Queues } from './queues.ts';

/** A recording, as it is kept. */
export interface Recording {
  sid: string;
  callSid: string;
  seconds: number;
  fileId: string;
  createdAt: Date;
}

const mostCalls = 5_000;

/** What is called to and from one number. */
export class VoiceAccount implements DoubleAccount {
  readonly public: Account;
  readonly number: TwilioNumber;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly queues: Queues;
  /** Oldest first. */
  readonly calls = new Map<string, PhoneCall>();
  readonly recordings = new Map<string, Recording>();
  bucket = newBucket();

  constructor(lab: Lab, number: TwilioNumber, title: string) {
    this.number = number;
    this.queues = new Queues(lab, 'voice', number.phoneNumber);
    this.public = {
      provider: 'voice',
      account: number.phoneNumber,
      title,
      credentials: { accountSid: number.accountSid, authToken: number.authToken, phoneNumber: number.phoneNumber },
    };
  }

  get heard(): boolean {
    return this.number.voiceUrl !== '';
  }

  get pending(): number {
    return this.queues.pending;
  }

  keep(call: PhoneCall): void {
    this.calls.set(call.sid, call);
    if (this.calls.size <= mostCalls) return;
    const [oldest] = this.calls.keys();
    if (oldest) this.calls.delete(oldest);
  }

  /** The call that somebody has on their telephone just now. */
  callOf(person: Person): PhoneCall | undefined {
    return [...this.calls.values()].findLast((call) => call.person?.id === person.id && !call.over);
  }

  reset(): void {
    for (const call of this.calls.values()) call.over = true;
    this.phones.clear();
    this.ledger.clear();
    this.calls.clear();
    this.recordings.clear();
    this.queues.drop();
    this.bucket = newBucket();
  }
}

// One call a second and account is the default; what is more waits at Twilio, up to a point.
const newBucket = () => new Bucket(1, 30);

/** The numbers of a Lab that telephone, by number. */
export const voiceAccounts = eachLab(() => new Map<string, VoiceAccount>());

/** Makes an account, or finds the one that is meant. */
export function ensureVoice(lab: Lab, wanted: WantedNumber): VoiceAccount {
  const number = exchange(lab).ensure(wanted);
  let account = voiceAccounts(lab).get(number.phoneNumber);
  if (!account) {
    account = new VoiceAccount(lab, number, wanted.title ?? number.friendlyName);
    voiceAccounts(lab).set(number.phoneNumber, account);
  }
  return account;
}
