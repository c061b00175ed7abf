import { randomBytes, randomInt } from 'node:crypto';
import { eachLab } from '../double.ts';

/** One number of an account. Its messages and its calls are two sides of the same thing. */
export class TwilioNumber {
  readonly sid: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** E.164. */
  readonly phoneNumber: string;
  friendlyName: string;
  smsUrl = '';
  smsApplicationSid = '';
  voiceUrl = '';
  voiceApplicationSid = '';
  statusCallback = '';
  service: TwilioService | undefined;

  constructor(phoneNumber: string, accountSid: string, authToken: string, friendlyName: string) {
    this.sid = sid('PN');
    this.phoneNumber = phoneNumber;
    this.accountSid = accountSid;
    this.authToken = authToken;
    this.friendlyName = friendlyName;
  }

  /** Where a message to this number is told: a service's URL wins, unless the service leaves that to its numbers. */
  get inboundUrl(): string {
    return this.service && !this.service.defers ? this.service.inboundRequestUrl : this.smsUrl;
  }
}

/** A messaging service: a pool of numbers. */
export class TwilioService {
  readonly sid: string;
  readonly accountSid: string;
  friendlyName: string;
  inboundRequestUrl = '';
  /** `use_inbound_webhook_on_number`. */
  defers = false;
  /** Opt-out words are the service's own business, and it marks them in webhooks. */
  advancedOptOut = false;
  readonly numbers: TwilioNumber[] = [];

  constructor(sid: string, accountSid: string, friendlyName: string) {
    this.sid = sid;
    this.accountSid = accountSid;
    this.friendlyName = friendlyName;
  }
}

/** What an account is made from at the Lab. */
export interface WantedNumber {
  title?: string;
  account?: string;
  credentials?: Record<string, string>;
}

/** All numbers and services that Twilio keeps. */
export class Exchange {
  readonly numbers = new Map<string, TwilioNumber>();
  readonly services = new Map<string, TwilioService>();

  /** The number that is meant, made where there is none. What is not given is invented. */
  ensure({ title = 'Lab Business', account, credentials = {} }: WantedNumber): TwilioNumber {
    const wanted = account ?? credentials.phoneNumber ?? `+1555010${randomInt(1000, 9999)}`;
    let number = this.numbers.get(wanted);
    if (!number) {
      const accountSid = credentials.accountSid ?? sid('AC');
      const authToken = credentials.authToken ?? this.tokenOf(accountSid) ?? randomBytes(16).toString('hex');
      number = new TwilioNumber(wanted, accountSid, authToken, title);
      this.numbers.set(wanted, number);
    }
    const { messagingServiceSid: service, advancedOptOut } = credentials;
    if (service && number.service?.sid !== service) this.#join(number, service, title);
    if (number.service && advancedOptOut) number.service.advancedOptOut = advancedOptOut === 'true';
    return number;
  }

  /** The numbers of one account. */
  of(accountSid: string): TwilioNumber[] {
    return [...this.numbers.values()].filter((number) => number.accountSid === accountSid);
  }

  tokenOf(accountSid: string): string | undefined {
    return this.of(accountSid)[0]?.authToken;
  }

  /** The number is given back, and a service that has none left is closed. */
  forget(number: TwilioNumber): void {
    if (this.numbers.get(number.phoneNumber) === number) this.numbers.delete(number.phoneNumber);
    const { service } = number;
    if (!service) return;
    service.numbers.splice(service.numbers.indexOf(number), 1);
    if (service.numbers.length === 0) this.services.delete(service.sid);
  }

  #join(number: TwilioNumber, service: string, title: string): void {
    const joined = this.services.get(service) ?? new TwilioService(service, number.accountSid, title);
    this.services.set(service, joined);
    joined.numbers.push(number);
    number.service = joined;
  }
}

/** The exchange of a Lab. */
export const exchange = eachLab(() => new Exchange());

/** A name as Twilio gives them: two letters and 32 hexadecimal digits. */
export const sid = (kind: string): string => kind + randomBytes(16).toString('hex');
