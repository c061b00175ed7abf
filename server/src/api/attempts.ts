/** Counts failures by a name (an address, a network address) and says how long it has to wait. In memory: a guess costs a process its patience, not a row. */
export class Attempts {
  private readonly failed = new Map<string, { count: number; until: number }>();

  constructor(
    /** So many failures are free; each further one doubles the wait. */
    private readonly free: number,
    private readonly firstMs = 1_000,
    private readonly mostMs = 15 * 60_000,
  ) {}

  /** Milliseconds until the next try; 0 when it may come now. */
  waitMs(name: string, now: number): number {
    return Math.max(0, (this.failed.get(name)?.until ?? 0) - now);
  }

  fail(name: string, now: number): void {
    const count = (this.failed.get(name)?.count ?? 0) + 1;
    const wait = count <= this.free ? 0 : Math.min(this.mostMs, this.firstMs * 2 ** (count - this.free - 1));
    // Whoever tries with ever new names must not fill the memory.
    if (this.failed.size > 10_000) this.failed.clear();
    this.failed.set(name, { count, until: now + wait });
  }

  succeed(name: string): void {
    this.failed.delete(name);
  }
}
