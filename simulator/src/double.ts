import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account, Act, Person, Phone, Provider } from './control.ts';
import type { Lab } from './lab.ts';
import type { LedgerBook } from './ledger.ts';
import type { PhoneBook } from './phones.ts';
import type { Watcher } from './webhook.ts';

/** What an account is made from: the provider; the rest is invented where it is not given. */
export type WantedAccount = { provider: Provider } & Partial<Omit<Account, 'provider'>>;

/** A business account as every double keeps it; what more a provider needs is in its own class. */
export interface DoubleAccount {
  readonly public: Account;
  readonly phones: PhoneBook;
  readonly ledger: LedgerBook;
  /** Somebody listens: a webhook is registered, or the platform looks by itself. */
  readonly heard: boolean;
  /** Webhooks that have yet to be taken, where they wait with the account. */
  readonly pending?: number;
  /** What the chat offers beside its messages. */
  readonly offers?: Pick<Phone, 'menu' | 'starters'>;
  /** Forgets what was said and what waits to be told. */
  reset(): void;
}

/** One provider, played; made once for each running Lab. */
export interface Double<A extends DoubleAccount = DoubleAccount> {
  /** The same word as the channel type. */
  readonly provider: Provider;
  /** What the platform is given as this provider's base URL. Providers that share an API share it. */
  baseUrl(labUrl: string): string;
  /** What this phone's person can do; anything else is refused with 400. */
  readonly deeds: readonly Act['do'][];
  /** Makes an account, or finds the one meant; a webhook URL given here is taken without a handshake. */
  ensure(wanted: WantedAccount): A;
  find(account: string): A | undefined;
  accounts(): Iterable<A>;
  /** The customer does something; answers the provider's id of what that made, `null` where nothing left the phone. Throws LabError. */
  act(account: A, person: Person, deed: Act): string | null;
  /** A customer's text of a load: as `act`, and the watcher hears how its webhook fared. Without it, no crowd writes here. */
  write?(account: A, person: Person, text: string, watcher: Watcher): string;
  /** Webhooks that have yet to be taken and wait with no account. */
  pending?(): number;
  /** Forgets what was said; accounts and their webhooks stay. */
  reset(): void;
  /** Forgets the accounts too. */
  forget(): void;
  /** For servers that are not HTTP: they listen before anybody asks for `baseUrl`. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

/** Makes the double of one Lab. */
export type MakeDouble = (lab: Lab) => Double;

/** Answers everything under one prefix; `path` is what follows it, with its slash and its query. */
export type Door = (lab: Lab, request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> | void;

/**
 * Something each running Lab has one of, made when first asked for: a double's accounts, its queue. Doors, deeds and timers reach it through
 * the Lab they are handed, so that two Labs in one process never meet.
 */
export function eachLab<T>(make: (lab: Lab) => T): (lab: Lab) => T {
  const made = new WeakMap<Lab, T>();
  return (lab) => {
    let one = made.get(lab);
    if (one === undefined) {
      one = make(lab);
      made.set(lab, one);
    }
    return one;
  };
}
