import { Chaos } from './chaos.ts';
import type { Account, Misbehaviour, Person, Provider, Settings, Stats } from './control.ts';
import type { Double, DoubleAccount, MakeDouble } from './double.ts';
import { FileStore } from './files.ts';
import type { Load } from './load.ts';
import { EventLog, type NewEvent } from './log.ts';
import { inCrowd, PeopleBook } from './people.ts';
import { firstId } from './phones.ts';
import { Postman } from './post.ts';

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
  callSecondMs: 1000,
};

/** Everything the doubles share. One for each running Lab. */
export class Lab {
  readonly #initial: Settings;
  settings: Settings;
  readonly chaos: Record<Provider, Chaos>;
  readonly log = new EventLog();
  readonly people = new PeopleBook();
  readonly postman = new Postman();
  readonly files: FileStore;
  readonly doubles: readonly Double[];
  readonly loads = new Map<string, Load>();
  stats: Stats = emptyStats();
  url = '';
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: { seed: number; settings: Partial<Settings>; doubles: readonly MakeDouble[] }) {
    this.#initial = { ...defaults, ...options.settings };
    this.settings = { ...this.#initial };
    this.chaos = chaosOfAll(options.seed);
    // Numbers as long as Meta's media ids, new ones in each run.
    this.files = new FileStore(1_003_380_000_000_000 + firstId());
    this.doubles = options.doubles.map((make) => make(this));
  }

  double(provider: string | null | undefined): Double | undefined {
    return this.doubles.find((double) => double.provider === provider);
  }

  account(provider: string | null | undefined, account: string): DoubleAccount | undefined {
    return this.double(provider)?.find(account);
  }

  accounts(): DoubleAccount[] {
    return this.doubles.flatMap((double) => [...double.accounts()]);
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
    for (const { provider } of this.doubles) this.chaos[provider].set(part[provider] ?? {}, part.seed);
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
    for (const double of this.doubles) {
      double.reset();
      if (alsoAccounts) double.forget();
    }
    for (const chaos of Object.values(this.chaos)) chaos.reset();
    this.settings = { ...this.#initial };
    this.files.clear();
    this.log.clear();
    this.stats = emptyStats();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const double of this.doubles) double.reset();
    await Promise.all(this.doubles.map((double) => double.stop?.()));
    await this.postman.close();
  }
}

/** Each provider has dice of its own, so that one's bad day does not change another's. */
function chaosOfAll(seed: number): Record<Provider, Chaos> {
  const each = (at: number) => new Chaos(seed + at);
  return {
    telegram: each(0),
    whatsapp: each(1),
    sms: each(2),
    voice: each(3),
    email: each(4),
    facebook: each(5),
    instagram: each(6),
    rcs: each(7),
    viber: each(8),
    line: each(9),
  };
}

const emptyStats = (): Stats => ({
  requests: {},
  webhooks: { posted: 0, accepted: 0, failed: 0, updates: 0, pending: 0 },
});
