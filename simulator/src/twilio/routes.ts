import type { Account, Person, Provider } from '../control.ts';
import type { Lab } from '../lab.ts';
import { answerCalls } from './calls.ts';
import { answerMessages } from './messages.ts';
import { answerLookup, answerNumbers, answerService } from './numbers.ts';
import { answerRecordings } from './recordings.ts';

/** A request of the API, read. */
export interface Question {
  lab: Lab;
  method: string;
  /** Whose it is: the account that the credentials speak for. */
  accountSid: string;
  /** What follows the account (or the version, on the other hosts), the first part being the resource; without `.json`. */
  path: string[];
  query: URLSearchParams;
  form: URLSearchParams;
}

/** What is answered, and what the log shows of it. */
export interface Answer {
  status: number;
  json?: Record<string, unknown>;
  /** A redirection. */
  location?: string;
  file?: { bytes: Buffer; mimeType: string };
  account?: Account;
  person?: Person;
  messageId?: string;
  /** Fields that the specification does not know. */
  ignored?: string[];
  /** Follows once the answer has been given. */
  after?(): void;
}

/** A resource: who answers for it, and whose bad days it shares when something is made of it. */
export interface Resource {
  provider: Provider;
  answer(question: Question): Answer | Promise<Answer>;
}

/** What lies below `/2010-04-01/Accounts/AC…/`. */
export const RESOURCES: Readonly<Record<string, Resource>> = {
  Messages: { provider: 'sms', answer: answerMessages },
  IncomingPhoneNumbers: { provider: 'sms', answer: answerNumbers },
  Calls: { provider: 'voice', answer: answerCalls },
  Recordings: { provider: 'voice', answer: answerRecordings },
};

/** What lies on Twilio's other hosts, by the host's name and the resource. */
export const ELSEWHERE: Readonly<Record<string, Resource>> = {
  'messaging/Services': { provider: 'sms', answer: answerService },
  'lookups/PhoneNumbers': { provider: 'sms', answer: answerLookup },
};
