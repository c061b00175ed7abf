/** A token bucket: so many a second, with a burst. `take` answers the seconds to wait, 0 when it may pass. */
export class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at = Date.now();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  take(now = Date.now()): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return (1 - this.#tokens) / this.#perSecond;
  }
}

/** One bucket for the account and one for each person, as both providers count. */
export class Flood {
  readonly #all: Bucket;
  readonly #each = new Map<string, Bucket>();
  readonly #perPerson: readonly [perSecond: number, burst: number];

  constructor(all: readonly [number, number], perPerson: readonly [number, number]) {
    this.#all = new Bucket(...all);
    this.#perPerson = perPerson;
  }

  /** Seconds to wait, and whose limit it was. */
  take(person: string): { wait: number; of: 'account' | 'person' } {
    let bucket = this.#each.get(person);
    if (!bucket) {
      bucket = new Bucket(...this.#perPerson);
      this.#each.set(person, bucket);
    }
    const wait = bucket.take();
    if (wait > 0) return { wait, of: 'person' };
    return { wait: this.#all.take(), of: 'account' };
  }
}
