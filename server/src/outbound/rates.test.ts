import { describe, expect, it } from 'vitest';
import { Rates } from './rates.ts';

describe('the rate of a channel', () => {
  const rate = { perSecond: 1, burst: 10 };
  const waitOf = (rates: Rates, now: number): number => rates.reserve('ch', 'lane', rate, now, 60_000).waitMs;

  it('is counted in what requests cost: whoever comes next waits for a long text', () => {
    const rates = new Rates();
    expect(waitOf(rates, 0)).toBe(0);
    // The text took twelve segments, of which one was reserved and nine were there.
    rates.spend('ch', 11, 0);
    expect(waitOf(rates, 0)).toBe(3_000);
    expect(waitOf(rates, 4_000)).toBe(0);
  });

  it('is not moved by a channel that nobody sends on', () => {
    expect(() => new Rates().spend('nowhere', 5, 0)).not.toThrow();
  });
});
