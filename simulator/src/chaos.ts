import type { Misbehaviour } from './control.ts';

const quiet: Misbehaviour = {
  rateLimit: 0,
  retryAfterSeconds: 1,
  serverError: 0,
  hang: 0,
  duplicate: 0,
  reorder: 0,
  lateReceiptMs: 0,
  noReceipts: false,
  earlyReceipt: 0,
};

/** One provider's bad days: what was asked for, drawn from a seeded sequence, so that a test sees the same day twice. */
export class Chaos {
  settings: Misbehaviour = { ...quiet };
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  set(part: Partial<Misbehaviour>, seed?: number): void {
    for (const key of Object.keys(quiet) as (keyof Misbehaviour)[]) {
      const value = part[key];
      if (typeof value === typeof quiet[key]) Object.assign(this.settings, { [key]: value });
    }
    if (seed !== undefined) this.#state = seed >>> 0;
  }

  reset(): void {
    this.settings = { ...quiet };
  }

  /** True with the given probability; draws nothing for 0, so that unused settings do not shift the sequence. */
  draw(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.#next() < probability);
  }

  /** What befalls a request that speaks to a person. */
  onRequest(): 'rate' | 'error' | 'hang' | undefined {
    const { rateLimit, serverError, hang } = this.settings;
    if (this.draw(rateLimit)) return 'rate';
    if (this.draw(serverError)) return 'error';
    if (this.draw(hang)) return 'hang';
    return undefined;
  }

  /** mulberry32: small, fast, good enough for dice. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
