import type { LabEvent } from './control.ts';

type WithoutSequence<T> = T extends unknown ? Omit<T, 'seq' | 'at'> : never;
/** An event before the log has numbered it. */
export type NewEvent = WithoutSequence<LabEvent>;

/** What the doubles saw, in order: the newest are kept, so that a page that was away can catch up. */
export class EventLog {
  #ring: LabEvent[] = [];
  #seq = 0;
  readonly #capacity: number;
  readonly #listeners = new Set<(event: LabEvent) => void>();

  constructor(capacity = 2000) {
    this.#capacity = capacity;
  }

  get seq(): number {
    return this.#seq;
  }

  add(event: NewEvent): void {
    const whole = { seq: ++this.#seq, at: new Date().toISOString(), ...event } as LabEvent;
    this.#ring.push(whole);
    // Cut in slices: shifting a long array for each event would cost more than the event.
    if (this.#ring.length >= this.#capacity * 2) this.#ring = this.#ring.slice(-this.#capacity);
    for (const listener of this.#listeners) listener(whole);
  }

  /** The kept events after this number. */
  since(seq: number): LabEvent[] {
    return this.#ring.slice(-this.#capacity).filter((event) => event.seq > seq);
  }

  /** Calls back for each new event until the returned function is called. */
  follow(listener: (event: LabEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  clear(): void {
    this.#ring = [];
  }
}
