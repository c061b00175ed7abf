import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Account,
  Act,
  LabEvent,
  Ledger,
  LoadReport,
  LoadRequest,
  Misbehaviour,
  Person,
  Phone,
  Provider,
  Settings,
  Stats,
} from './control.ts';
import { DOORS } from './doors.ts';
import type { WantedAccount } from './double.ts';
import { DOUBLES } from './doubles.ts';
import { answerText } from './http.ts';
import { act, ensureAccount, ledger, phone, played, startLoad, stats } from './lab/control.ts';
import { Lab } from './lab.ts';

/** How to start a Lab; everything has a default. */
export interface SimulatorOptions {
  /** 0: any free port. */
  port?: number;
  host?: string;
  /** Makes misbehaviour repeatable. */
  seed?: number;
  settings?: Partial<Settings>;
}

/** A running Lab, driven from within the process; the same things can be had over HTTP under `/lab`. */
export interface Simulator {
  url: string;
  /** What to give an adapter as its provider's base URL; of the providers played. */
  baseUrls: Partial<Record<Provider, string>>;
  people: readonly Person[];
  account(wanted: WantedAccount): Account;
  act(provider: Provider, account: string, person: string, deed: Act): string | null;
  phone(provider: Provider, account: string, person: string): Phone;
  misbehave(part: Partial<Record<Provider, Partial<Misbehaviour>>> & { seed?: number }): void;
  configure(part: Partial<Settings>): void;
  /** Resolves when all messages are taken. */
  load(request: LoadRequest): Promise<LoadReport>;
  ledger(provider: Provider, account: string): Ledger;
  stats(): Stats;
  /** The kept events after a number. */
  events(since?: number): LabEvent[];
  reset(alsoAccounts?: boolean): void;
  stop(): Promise<void>;
}

/** Starts the Lab's server: every provider it plays, and its own controls, on one port. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const lab = new Lab({ seed: options.seed ?? 1, settings: options.settings ?? {}, doubles: Object.values(DOUBLES) });
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    const first = /^\/([^/?]*)/.exec(url)?.[1] ?? '';
    const door = Object.hasOwn(DOORS, first) ? DOORS[first] : undefined;
    const answered = door
      ? door(lab, request, response, url.slice(first.length + 1))
      : answerText(response, 404, JSON.stringify({ error: `The Lab plays ${Object.keys(DOORS).join(', ')}.` }));
    answered?.catch((cause: unknown) => {
      // Whoever asked has gone, in the middle of asking.
      if (request.errored) return;
      console.error(cause);
      if (!response.headersSent) answerText(response, 500, '{"error":"The Lab is broken; its output says how."}');
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  lab.url = `http://${host}:${port}`;
  await Promise.all(lab.doubles.map((double) => double.start?.()));
  return {
    url: lab.url,
    baseUrls: Object.fromEntries(played(lab).map(({ provider, baseUrl }) => [provider, baseUrl])),
    people: lab.people.six,
    account: (wanted) => ensureAccount(lab, wanted),
    act: (provider, account, person, deed) => act(lab, provider, account, person, deed),
    phone: (provider, account, person) => phone(lab, provider, account, person),
    misbehave: (part) => lab.misbehave(part),
    configure: (part) => lab.configure(part),
    load: async (request) => {
      const load = startLoad(lab, request);
      await load.done;
      return load.report();
    },
    ledger: (provider, account) => ledger(lab, provider, account),
    stats: () => stats(lab),
    events: (since = 0) => lab.log.since(since),
    reset: (alsoAccounts) => lab.reset(alsoAccounts),
    stop: async () => {
      for (const load of lab.loads.values()) load.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await lab.close();
      await closed;
    },
  };
}
