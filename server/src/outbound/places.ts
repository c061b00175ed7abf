/**
 * How much may be under way at once, in all and on each channel, and which channels are left alone for a while. The last quarter of the places is
 * for channels that have little under way: so a few providers that never answer cannot hold up all the others.
 */
export class Places {
  private readonly taken = new Map<string, number>();
  private readonly away = new Map<string, number>();
  private total = 0;
  /** The last look stopped for want of room, in all or on a channel, not of work. */
  wanting = false;

  constructor(
    private readonly most: number,
    private readonly perChannel: number,
  ) {}

  /** How many may be claimed at once. A channel has room for all of them, or is closed: so no claim ever takes too many. */
  get room(): number {
    const free = this.most - this.total;
    return Math.min(free, Math.max(1, this.allowance >> 2));
  }

  private get allowance(): number {
    return this.total < this.most * 0.75 ? this.perChannel : Math.max(1, this.perChannel >> 3);
  }

  take(channel: string): void {
    this.total++;
    this.taken.set(channel, (this.taken.get(channel) ?? 0) + 1);
  }

  giveBack(channel: string): void {
    this.total--;
    const left = (this.taken.get(channel) ?? 1) - 1;
    if (left > 0) this.taken.set(channel, left);
    else this.taken.delete(channel);
  }

  /** Leaves a channel alone until then. */
  shun(channel: string, until: number): void {
    this.away.set(channel, until);
  }

  /** Channels to leave out of the next claim, so that they delay nobody. */
  closed(now: number): string[] {
    const { allowance, room } = this;
    const full = [...this.taken].filter(([, count]) => count + room > allowance).map(([channel]) => channel);
    this.wanting = full.length > 0 || room === 0;
    for (const [channel, until] of this.away) {
      if (until > now) full.push(channel);
      else this.away.delete(channel);
    }
    return full;
  }

  /** Milliseconds until the first of the channels left alone may be looked at again. */
  soonest(now: number): number {
    return Math.min(...this.away.values(), Number.POSITIVE_INFINITY) - now;
  }
}
