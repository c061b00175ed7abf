import type { Account, Person, Phone, PhoneMessage } from './control.ts';
import { inCrowd } from './people.ts';

/** One message as the phone shows it, beside what the provider itself keeps of it. */
export interface Entry {
  view: PhoneMessage;
  /** The provider's own object: Telegram's Message, or the WhatsApp message that was sent. */
  raw?: Record<string, unknown>;
  /** WhatsApp's `biz_opaque_callback_data`. */
  callbackData?: string;
  /** The receipts that were already told. */
  told?: 'sent' | 'delivered' | 'read' | 'failed';
  template?: boolean;
}

/** One person's phone at one account: the chat between them. */
export interface PhoneState {
  person: Person;
  entries: Entry[];
  /** The person has written first, so the business may answer. */
  started: boolean;
  blocked: boolean;
  typingUntil: number;
  /** When the person last wrote, for the window. */
  lastWordAt: number;
  nextMessageId: number;
  keyboard?: NonNullable<Phone['keyboard']> & { oneTime: boolean };
}

const historyOfOne = 500;
const historyOfCrowd = 50;

/** The phones of one account, made as people come. */
export class PhoneBook {
  readonly #phones = new Map<string, PhoneState>();

  find(person: Person): PhoneState | undefined {
    return this.#phones.get(person.id);
  }

  of(person: Person): PhoneState {
    let phone = this.#phones.get(person.id);
    if (!phone) {
      phone = {
        person,
        entries: [],
        started: false,
        blocked: false,
        typingUntil: 0,
        lastWordAt: 0,
        nextMessageId: firstId(),
      };
      this.#phones.set(person.id, phone);
    }
    return phone;
  }

  all(): Iterable<PhoneState> {
    return this.#phones.values();
  }

  clear(): void {
    this.#phones.clear();
  }
}

// A double that is started again must not use its old ids: the platform remembers for ever what it has seen.
const epoch = Date.UTC(2026, 0, 1);

/** Seconds since 2026: where counters begin that must not meet those of an earlier run. */
export const firstId = (): number => Math.max(1, Math.floor((Date.now() - epoch) / 1000));

/** Adds a message to the phone; the oldest leave when the history is full. */
export function remember(phone: PhoneState, entry: Entry): Entry {
  phone.entries.push(entry);
  const most = inCrowd(phone.person) ? historyOfCrowd : historyOfOne;
  if (phone.entries.length > most * 2) phone.entries = phone.entries.slice(-most);
  return entry;
}

/** A message by the provider's id, searched from the newest. */
export function findEntry(phone: PhoneState, id: string): Entry | undefined {
  for (let at = phone.entries.length - 1; at >= 0; at--) {
    const entry = phone.entries[at]!;
    if (entry.view.id === id) return entry;
  }
  return undefined;
}

/** The phone as the Lab's page reads it. */
export function present(account: Account, phone: PhoneState): Phone {
  return {
    provider: account.provider,
    account: account.account,
    title: account.title,
    person: phone.person.id,
    messages: phone.entries.map(({ view }) => view),
    typing: phone.typingUntil > Date.now(),
    blocked: phone.blocked,
    ...(phone.keyboard ? { keyboard: { messageId: phone.keyboard.messageId, buttons: phone.keyboard.buttons } } : {}),
  };
}
