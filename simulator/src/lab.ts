import { Chaos } from './chaos.ts';
import type { Account, Misbehaviour, Person, Provider, Settings, Stats } from './control.ts';
import { FileStore } from './files.ts';
import type { Load } from './load.ts';
import { EventLog, type NewEvent } from './log.ts';
import type { WhatsappAccount } from './meta/account.ts';
import { Callbacks } from './meta/callback.ts';
import { inCrowd, PeopleBook } from './people.ts';
import { firstId } from './phones.ts';
import { Postman } from './post.ts';
import type { TelegramAccount } from './telegram/account.ts';

/** The doubles' good manners, unless told otherwise. */
export const defaults: Settings = {
  autoReadMs: 400,
  receipts: 'natural',
  window: 'refuse',
  limits: false,
  startRequired: true,
  autoCreate: false,
  callbackConnections: 1,
  callbackBatch: 1000,
  retryFirstMs: 250,
  retryMaxMs: 5000,
  webhookTimeoutMs: 20_000,
};

/** Everything both doubles share. One for each running Lab. */
export class Lab {
  readonly #initial: Settings;
  settings: Settings;
  readonly chaos: Record<Provider, Chaos>;
  readonly log = new EventLog();
  readonly people = new PeopleBook();
  readonly postman = new Postman();
  readonly files: FileStore;
  readonly callbacks = new Callbacks(this);
  /** By bot token. */
  readonly bots = new Map<string, TelegramAccount>();
  /** By phone number id. */
  readonly numbers = new Map<string, WhatsappAccount>();
  readonly loads = new Map<string, Load>();
  stats: Stats = emptyStats();
  url = '';
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: { seed: number; settings: Partial<Settings> }) {
    this.#initial = { ...defaults, ...options.settings };
    this.settings = { ...this.#initial };
    this.chaos = { telegram: new Chaos(options.seed), whatsapp: new Chaos(options.seed + 1) };
    // Numbers as long as Meta's media ids, new ones in each run.
    this.files = new FileStore(1_003_380_000_000_000 + firstId());
  }

  account(provider: Provider, account: string): TelegramAccount | WhatsappAccount | undefined {
    if (provider === 'whatsapp') return this.numbers.get(account);
    for (const bot of this.bots.values()) if (bot.public.account === account) return bot;
    return undefined;
  }

  accounts(): (TelegramAccount | WhatsappAccount)[] {
    return [...this.bots.values(), ...this.numbers.values()];
  }

  /** Tells the page; what the crowd does is not told, or a load would drown it. */
  tell(person: Person | undefined, event: NewEvent): void {
    if (person && inCrowd(person)) return;
    this.log.add(person ? { ...event, person: person.id } : event);
  }

  /** The phone's screen changed. */
  changed(
    account: Account,
    person: Person,
    change: Extract<NewEvent, { type: 'phone' }>['change'],
    messageId?: string,
    text?: string,
  ): void {
    if (inCrowd(person)) return;
    this.log.add({
      type: 'phone',
      provider: account.provider,
      account: account.account,
      person: person.id,
      change,
      ...(messageId ? { messageId } : {}),
      ...(text ? { text } : {}),
    });
  }

  count(request: string): void {
    this.stats.requests[request] = (this.stats.requests[request] ?? 0) + 1;
  }

  /** A timer that dies with the Lab. */
  later(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  misbehave(part: Partial<Record<Provider, Partial<Misbehaviour>>> & { seed?: number }): void {
    for (const provider of ['telegram', 'whatsapp'] as const) {
      this.chaos[provider].set(part[provider] ?? {}, part.seed);
    }
  }

  /** Takes only settings that exist, with values of their kind. */
  configure(part: Partial<Settings>): void {
    for (const key of Object.keys(defaults) as (keyof Settings)[]) {
      const value = part[key];
      if (value === undefined) continue;
      if (typeof value === typeof defaults[key] || (key === 'autoReadMs' && value === null)) {
        Object.assign(this.settings, { [key]: value });
      }
    }
  }

  /** Forgets what was said and how to misbehave; accounts and their webhooks stay unless told otherwise. */
  reset(alsoAccounts = false): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const load of this.loads.values()) load.stop();
    this.loads.clear();
    for (const account of this.accounts()) account.reset();
    this.callbacks.clear();
    if (alsoAccounts) {
      this.bots.clear();
      this.numbers.clear();
    }
    this.chaos.telegram.reset();
    this.chaos.whatsapp.reset();
    this.settings = { ...this.#initial };
    this.files.clear();
    this.log.clear();
    this.stats = emptyStats();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const account of this.accounts()) account.reset();
    this.callbacks.clear();
    await this.postman.close();
  }
}

const emptyStats = (): Stats => ({
  requests: {},
  webhooks: { posted: 0, accepted: 0, failed: 0, updates: 0, pending: 0 },
});
