import { BoundedMap } from '../contacts/bounded_map.ts';

/** A token bucket: `reserve` takes one token, perhaps of the future, and answers how many milliseconds to wait for it. */
export class Bucket {
  private tokens: number;
  private at: number;
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.tokens = burst;
    this.at = now;
  }
  private refill(now: number): void {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1_000) * this.perSecond);
    this.at = now;
  }
  /** Milliseconds until a token is there, without taking it. */
  waitMs(now: number): number {
    this.refill(now);
    return this.tokens >= 1 ? 0 : ((1 - this.tokens) / this.perSecond) * 1_000;
  }
  take(now: number, tokens = 1): void {
    this.refill(now);
    this.tokens -= tokens;
  }
}

export interface Rate {
  perSecond: number;
  burst: number;
  perRecipientPerSecond?: number;
  recipientBurst?: number;
}

/** A channel's rate: its provider's, with what the operator set instead. What is no rate at all (zero, a word) counts for nothing: nobody would ever be sent to. */
export function rateOf(provider: Rate, operator: Partial<Rate> = {}): Rate {
  const set = Object.entries(operator ?? {}).filter(([, value]) => Number.isFinite(value) && value > 0);
  const rate: Rate = { ...provider, ...Object.fromEntries(set) };
  return { ...rate, burst: Math.max(1, rate.burst), recipientBurst: Math.max(1, rate.recipientBurst ?? 1) };
}

/** The rate limits of this process: one bucket a channel, one a recipient, and the pauses providers asked for. */
export class Rates {
  private readonly channels = new Map<string, { rate: string; bucket: Bucket }>();
  private readonly lanes = new BoundedMap<string, Bucket>(20_000);
  private readonly pauses = new Map<string, number>();

  /** Waits until that moment, whoever asks. */
  pause(channel: string, until: number): void {
    this.pauses.set(channel, Math.max(until, this.pauses.get(channel) ?? 0));
  }

  /**
   * Takes a token of both buckets where both have one within `patienceMs`, and answers how long to wait before using it. Otherwise takes none and
   * answers how long to stay away, and whose limit it is.
   */
  reserve(
    channel: string,
    lane: string,
    rate: Rate,
    now: number,
    patienceMs: number,
  ): { taken: boolean; waitMs: number; whose: 'channel' | 'recipient' } {
    const paused = (this.pauses.get(channel) ?? 0) - now;
    if (paused > 0) return { taken: false, waitMs: paused, whose: 'channel' };
    const key = `${rate.perSecond} ${rate.burst}`;
    let held = this.channels.get(channel);
    if (held?.rate !== key) {
      held = { rate: key, bucket: new Bucket(rate.perSecond, rate.burst, now) };
      this.channels.set(channel, held);
    }
    const mine = rate.perRecipientPerSecond
      ? this.laneBucket(lane, rate.perRecipientPerSecond, rate.recipientBurst ?? 1, now)
      : undefined;
    const channelWait = held.bucket.waitMs(now);
    const laneWait = mine?.waitMs(now) ?? 0;
    const waitMs = Math.max(channelWait, laneWait);
    const whose = channelWait >= laneWait ? 'channel' : 'recipient';
    if (waitMs > patienceMs) return { taken: false, waitMs, whose };
    held.bucket.take(now);
    mine?.take(now);
    return { taken: true, waitMs, whose };
  }

  /** Takes more of a channel's tokens than were reserved, since only the rendered request told its cost: whoever comes next waits for them. */
  spend(channel: string, tokens: number, now: number): void {
    this.channels.get(channel)?.bucket.take(now, tokens);
  }

  private laneBucket(lane: string, perSecond: number, burst: number, now: number): Bucket {
    let bucket = this.lanes.get(lane);
    if (!bucket) {
      bucket = new Bucket(perSecond, burst, now);
      this.lanes.set(lane, bucket);
    }
    return bucket;
  }
}

/** Exponential with full jitter: 1 s, 2 s, 4 s … up to five minutes, each drawn from its upper half. */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(300_000, 1_000 * 2 ** Math.min(attempt - 1, 10));
  return ceiling / 2 + random() * (ceiling / 2);
}
