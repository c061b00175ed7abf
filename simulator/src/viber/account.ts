import { createHmac, randomBytes } from 'node:crypto';
import type { Account, Person } from '../control.ts';
import { type DoubleAccount, eachLab, type WantedAccount } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LedgerBook } from '../ledger.ts';
import { inCrowd } from '../people.ts';
import { type Entry, PhoneBook } from '../phones.ts';
import { type Watcher, WebhookQueue } from '../webhook.ts';
import { Tokens, writeJson } from './tokens.ts';

/** What Viber leaves out when set_webhook does not name it. Messages and the check of the URL always come. */
export const eventTypes = [
  'subscribed',
  'unsubscribed',
  'delivered',
  'seen',
  'failed',
  'conversation_started',
] as const;
const always = new Set(['message', 'webhook']);

/** One bot: its chats, its webhook, what it said to whom. */
export class ViberAccount implements DoubleAccount {
  readonly public: Account;
  readonly token: string;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  readonly tokens = new Tokens();
  url = '';
  wanted = new Set<string>(eventTypes);
  /** Messages since the person last wrote, by when they were sent. */
  readonly unanswered = new Map<string, number[]>();
  /** What comes back with the person's next word: the tracking data of the newest message they got. */
  readonly tracking = new Map<string, string>();
  readonly #queue: WebhookQueue;

  constructor(lab: Lab, wanted: WantedAccount) {
    this.token =
      wanted.credentials?.authToken ??
      randomBytes(24)
        .toString('hex')
        .replace(/(.{16})(?=.)/g, '$1-');
    const account = wanted.account ?? `pa:${BigInt(`0x${randomBytes(7).toString('hex')}`)}`;
    const uri = wanted.credentials?.uri ?? `lab${account.replace(/\D/g, '').slice(-8)}`;
    this.public = {
      provider: 'viber',
      account,
      title: wanted.title ?? 'Lab Bot',
      credentials: { authToken: this.token, uri },
    };
    this.#queue = new WebhookQueue(lab, {
      provider: 'viber',
      account: () => account,
      connections: () => 20,
      open: () => this.url !== '',
      taken: (status) => status === 200,
    });
  }

  get heard(): boolean {
    return this.url !== '';
  }

  get pending(): number {
    return this.url ? this.#queue.pending : 0;
  }

  /** Tells the platform, unless it did not ask for that. */
  tell(
    event: string,
    content: Record<string, unknown>,
    about: { person?: Person; entry?: Entry; watcher?: Watcher; answered?(text: string): void } = {},
  ): void {
    if (!this.url || !(always.has(event) || this.wanted.has(event))) return;
    const { person, entry, watcher, answered } = about;
    const body = writeJson({ event, timestamp: Date.now(), chat_hostname: 'SN-CHAT-01_', ...content });
    this.#queue.enqueue({
      lane: person?.id ?? '',
      shown: JSON.parse(body) as unknown,
      ...(person ? { person } : {}),
      ...(entry ? { messageId: entry.view.id } : {}),
      ...(watcher ? { watcher } : {}),
      ...(answered ? { answered: (posted) => answered(posted.text) } : {}),
      call: () => ({ url: this.url, headers: this.signed(body), body }),
    });
  }

  /** Headers with the signature over exactly these bytes. */
  signed(body: string): Record<string, string> {
    return {
      'content-type': 'application/json',
      'x-viber-content-signature': createHmac('sha256', this.token).update(body).digest('hex'),
    };
  }

  /** Where to from now on. */
  listen(url: string, wanted?: readonly string[]): void {
    this.url = url;
    if (wanted) this.wanted = new Set(wanted);
    if (url) this.public.webhookUrl = url;
    else delete this.public.webhookUrl;
    this.#queue.wake();
  }

  /** Subscribers: whoever has written or subscribed, and not left. */
  get subscribers(): number {
    let count = 0;
    for (const phone of this.phones.all()) if (phone.started && !phone.blocked && !inCrowd(phone.person)) count++;
    return count;
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.unanswered.clear();
    this.tracking.clear();
    this.#queue.drop();
  }
}

/** The bots of a Lab, by token. */
export const bots = eachLab(() => new Map<string, ViberAccount>());
