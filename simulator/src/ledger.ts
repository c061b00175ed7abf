import type { Ledger, LedgerPerson, Provider } from './control.ts';

type Receipts = LedgerPerson['receipts'];
interface Sent {
  id: string;
  at: number;
  ackedAt: number;
  attempts: number;
}
interface Got {
  text: string;
  id: string;
  at: number;
  count: number;
  partKey?: string;
}
interface Page {
  sent: Sent[];
  got: Got[];
  byText: Map<string, Got>;
  receipts: Receipts;
  answerMs: number[];
}

const none = (): Receipts => ({ sent: 0, delivered: 0, read: 0, failed: 0 });

/** The number that a text ends with or carries: `Hello #17` is 17. */
export function numberIn(text: string): number | undefined {
  const at = text.lastIndexOf('#');
  if (at < 0) return undefined;
  const n = Number.parseInt(text.slice(at + 1), 10);
  return Number.isNaN(n) ? undefined : n;
}

/** What the crowd of one account sent and got: the evidence for "nothing lost, nothing said twice, all in order". */
export class LedgerBook {
  readonly #pages = new Map<string, Page>();
  /** Load without a ledger writes nothing. */
  open = false;

  clear(): void {
    this.#pages.clear();
    this.open = false;
  }

  /** A person begins again with number 1. */
  begin(person: string): void {
    this.open = true;
    this.#pages.delete(person);
  }

  sent(person: string, n: number, id: string): void {
    if (!this.open) return;
    this.#page(person).sent[n - 1] = { id, at: Date.now(), ackedAt: 0, attempts: 0 };
  }

  attempted(person: string, n: number, ok: boolean): void {
    const entry = this.#pages.get(person)?.sent[n - 1];
    if (!entry) return;
    entry.attempts++;
    if (ok && !entry.ackedAt) entry.ackedAt = Date.now();
  }

  got(person: string, id: string, text: string, partKey?: string): void {
    if (!this.open) return;
    const page = this.#page(person);
    const known = page.byText.get(text);
    if (known) {
      known.count++;
      return;
    }
    const entry: Got = { text, id, at: Date.now(), count: 1, ...(partKey ? { partKey } : {}) };
    page.byText.set(text, entry);
    page.got.push(entry);
    const asked = page.sent[(numberIn(text) ?? 0) - 1];
    if (asked) page.answerMs.push(entry.at - asked.at);
  }

  receipt(person: string, state: keyof Receipts): void {
    const page = this.#pages.get(person);
    if (page) page.receipts[state]++;
  }

  report(provider: Provider, account: string, only?: string, summaryOnly = false): Ledger {
    const summary: Ledger['summary'] = {
      people: 0,
      sent: 0,
      acked: 0,
      answered: 0,
      unanswered: 0,
      doubled: 0,
      outOfOrder: 0,
      receipts: none(),
      answerMs: { p50: 0, p99: 0 },
    };
    const people: LedgerPerson[] = [];
    const waits: number[] = [];
    for (const [person, page] of this.#pages) {
      if (only && person !== only) continue;
      summarise(summary, page);
      for (const wait of page.answerMs) waits.push(wait);
      if (!summaryOnly) people.push(present(person, page));
    }
    summary.answerMs = quantiles(waits);
    return { provider, account, summary, people };
  }

  #page(person: string): Page {
    let page = this.#pages.get(person);
    if (!page) {
      page = { sent: [], got: [], byText: new Map(), receipts: none(), answerMs: [] };
      this.#pages.set(person, page);
    }
    return page;
  }
}

function summarise(summary: Ledger['summary'], page: Page): void {
  summary.people++;
  const answered = new Set<number>();
  let highest = 0;
  for (const { text, count } of page.got) {
    summary.doubled += count - 1;
    const n = numberIn(text);
    if (n === undefined) continue;
    answered.add(n);
    if (n < highest) summary.outOfOrder++;
    else highest = n;
  }
  page.sent.forEach((entry, at) => {
    summary.sent++;
    if (entry.ackedAt) summary.acked++;
    if (answered.has(at + 1)) summary.answered++;
    else if (entry.ackedAt) summary.unanswered++;
  });
  for (const state of Object.keys(page.receipts) as (keyof Receipts)[]) summary.receipts[state] += page.receipts[state];
}

function present(person: string, page: Page): LedgerPerson {
  const iso = (at: number) => new Date(at).toISOString();
  const sent: LedgerPerson['sent'] = [];
  page.sent.forEach((entry, at) => {
    sent.push({
      n: at + 1,
      id: entry.id,
      at: iso(entry.at),
      attempts: entry.attempts,
      ...(entry.ackedAt ? { ackedAt: iso(entry.ackedAt) } : {}),
    });
  });
  return { person, sent, got: page.got.map((entry) => ({ ...entry, at: iso(entry.at) })), receipts: page.receipts };
}

/** Median and 99th percentile, 0 for nothing. */
export function quantiles(values: number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
