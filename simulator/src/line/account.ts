import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Account, Person, Phone } from '../control.ts';
import { type DoubleAccount, eachLab, type WantedAccount } from '../double.ts';
import type { Lab } from '../lab.ts';
import { LedgerBook } from '../ledger.ts';
import { type Entry, firstId, PhoneBook } from '../phones.ts';
import { type Watcher, WebhookQueue } from '../webhook.ts';
import { eventId } from './ids.ts';
import { type Menu, rowsOf } from './menu.ts';

type Json = Record<string, unknown>;

const replyTokenMs = 60_000;
/** So many tokens of a kind are remembered; a crowd's would fill the memory. */
const mostTokens = 20_000;

/** A map that forgets its oldest entries when it is full. */
class Recent<V> extends Map<string, V> {
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(key: string, value: V): this {
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.#most) break;
      this.delete(oldest);
    }
    return this;
  }
}

/** One official account: its chats, its webhook, the tokens it gave out. */
export class LineAccount implements DoubleAccount {
  readonly public: Account;
  readonly userId: string;
  readonly token: string;
  readonly phones = new PhoneBook();
  readonly ledger = new LedgerBook();
  url = '';
  /** “Use webhook” of the console. */
  active = true;
  /** Messages that the plan allows in a month; endless where absent. */
  quota: number | undefined;
  used = 0;
  readonly menus = new Map<string, Menu>();
  /** The menu everybody sees. */
  menu: string | undefined;
  readonly #secret: string;
  readonly #queue: WebhookQueue;
  /** Whom a reply token answers, and until when; each is good once. */
  readonly #replyTokens = new Recent<{ person: Person; until: number }>(mostTokens);
  /** Which message a token quotes, or marks as read. */
  readonly quotes = new Recent<string>(mostTokens);
  readonly reads = new Recent<{ person: Person; messageId: string }>(mostTokens);
  /** What was answered to a retry key. */
  readonly accepted = new Recent<Json[]>(mostTokens);
  #nextId = 468_700_000_000_000_000n + BigInt(firstId()) * 100_000n;

  constructor(lab: Lab, wanted: WantedAccount) {
    const given = wanted.credentials ?? {};
    this.userId = wanted.account ?? `U${randomBytes(16).toString('hex')}`;
    this.token = given.channelAccessToken ?? randomBytes(32).toString('base64url');
    this.#secret = given.channelSecret ?? randomBytes(16).toString('hex');
    this.quota = given.quota === undefined ? undefined : Number(given.quota);
    this.public = {
      provider: 'line',
      account: this.userId,
      title: wanted.title ?? 'Lab Account',
      credentials: {
        channelAccessToken: this.token,
        channelSecret: this.#secret,
        basicId: given.basicId ?? `@lab${this.userId.slice(1, 6)}`,
      },
    };
    this.#queue = new WebhookQueue(lab, {
      provider: 'line',
      account: () => this.userId,
      connections: () => 20,
      open: () => this.url !== '' && this.active,
    });
  }

  get heard(): boolean {
    return this.url !== '' && this.active;
  }

  get pending(): number {
    return this.heard ? this.#queue.pending : 0;
  }

  /** The rich menu, once it has its picture. */
  get offers(): Pick<Phone, 'menu'> {
    const menu = this.menus.get(this.menu ?? '');
    return menu?.picture ? { menu: rowsOf(menu) } : {};
  }

  nextId(): string {
    return String(this.#nextId++);
  }

  /** Tells of one event. Told again, it says so. */
  tell(
    type: string,
    content: Json,
    about: { person: Person; entry?: Entry; watcher?: Watcher; replies?: boolean },
  ): string {
    const { person, entry, watcher, replies = false } = about;
    const webhookEventId = eventId();
    const event = {
      type,
      mode: 'active',
      timestamp: Date.now(),
      source: { type: 'user', userId: person.line.userId },
      webhookEventId,
      ...(replies ? { replyToken: this.#replyToken(person) } : {}),
      ...content,
    };
    if (!this.url) return webhookEventId;
    const written = (isRedelivery: boolean) => ({
      destination: this.userId,
      events: [{ ...event, deliveryContext: { isRedelivery } }],
    });
    let attempts = 0;
    this.#queue.enqueue({
      lane: person.id,
      shown: written(false),
      person,
      ...(entry ? { messageId: entry.view.id } : {}),
      ...(watcher ? { watcher } : {}),
      call: () => this.call(written(attempts++ > 0)),
    });
    return webhookEventId;
  }

  /** A webhook, signed over exactly these bytes. */
  call(content: Json): { url: string; headers: Record<string, string>; body: string } {
    const body = JSON.stringify(content);
    return {
      url: this.url,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'LineBotWebhook/2.0',
        'x-line-signature': createHmac('sha256', this.#secret).update(body).digest('base64'),
      },
      body,
    };
  }

  #replyToken(person: Person): string {
    const token = randomUUID().replaceAll('-', '');
    this.#replyTokens.set(token, { person, until: Date.now() + replyTokenMs });
    return token;
  }

  /** Whom a token answers; nobody the second time, or when it has died. */
  takeReplyToken(token: string): Person | undefined {
    const found = this.#replyTokens.get(token);
    this.#replyTokens.delete(token);
    return found && found.until > Date.now() ? found.person : undefined;
  }

  /** The tokens given to somebody so far have died. */
  expire(person: Person): void {
    for (const [token, known] of this.#replyTokens) if (known.person === person) this.#replyTokens.delete(token);
  }

  listen(url: string): void {
    this.url = url;
    this.public.webhookUrl = url;
    this.#queue.wake();
  }

  reset(): void {
    this.phones.clear();
    this.ledger.clear();
    this.#replyTokens.clear();
    this.quotes.clear();
    this.reads.clear();
    this.accepted.clear();
    this.used = 0;
    this.#queue.drop();
  }
}

/** The accounts of a Lab, by access token. */
export const accounts = eachLab(() => new Map<string, LineAccount>());
