import { Bucket } from '../bucket.ts';
import type { Account } from '../control.ts';
import { type DoubleAccount, eachLab } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LedgerBook } from '../ledger.ts';
import { PhoneBook } from '../phones.ts';
import { exchange, type TwilioNumber, type WantedNumber } from './exchange.ts';
import { Queues } from './queues.ts';

/** A message as the API tells of it. */
export type MessageResource = Record<string, unknown> & { sid: string };

/** A file of a message. */
export interface MessageFile {
  sid: string;
  fileId: string;
  mimeType: string;
}

const mostMessages = 20_000;

/** What is written to and from one number. */
export class SmsAccount implements DoubleAccount {
  readonly public: Account;
  readonly number: TwilioNumber;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly queues: Queues;
  /** Oldest first. */
  readonly messages = new Map<string, MessageResource>();
  readonly files = new Map<string, MessageFile[]>();
  /** Who has said STOP, by their number. */
  readonly optedOut = new Set<string>();
  bucket = newBucket();

  constructor(lab: Lab, number: TwilioNumber, title: string) {
    this.number = number;
    this.queues = new Queues(lab, 'sms', number.phoneNumber);
    this.public = {
      provider: 'sms',
      account: number.phoneNumber,
      title,
      credentials: {
        accountSid: number.accountSid,
        authToken: number.authToken,
        phoneNumber: number.phoneNumber,
        ...(number.service ? { messagingServiceSid: number.service.sid } : {}),
      },
    };
  }

  get heard(): boolean {
    return this.number.inboundUrl !== '';
  }

  get pending(): number {
    return this.queues.pending;
  }

  /** Keeps a message for those who ask later. */
  keep(message: MessageResource): void {
    this.messages.set(message.sid, message);
    if (this.messages.size <= mostMessages) return;
    const [oldest] = this.messages.keys();
    if (oldest) this.messages.delete(oldest);
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.messages.clear();
    this.files.clear();
    this.optedOut.clear();
    this.queues.drop();
    this.bucket = newBucket();
  }
}

// What the API takes of one account at once; the queue behind it is long.
const newBucket = () => new Bucket(10, 20);

/** The numbers of a Lab that text, by number. */
export const smsAccounts = eachLab(() => new Map<string, SmsAccount>());

/** Makes an account, or finds the one that is meant. */
export function ensureSms(lab: Lab, wanted: WantedNumber): SmsAccount {
  const number = exchange(lab).ensure(wanted);
  let account = smsAccounts(lab).get(number.phoneNumber);
  if (!account) {
    account = new SmsAccount(lab, number, wanted.title ?? number.friendlyName);
    smsAccounts(lab).set(number.phoneNumber, account);
  }
  return account;
}
