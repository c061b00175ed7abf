import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DELIVERY_STATES, joinStates, RANK, wireStatus, worstState } from './delivery.ts';

const state = fc.constantFrom(...DELIVERY_STATES);

test('the join of two states does not ask who came first, nor how often, nor in which groups', () => {
  fc.assert(
    fc.property(state, state, state, (a, b, c) => {
      expect(joinStates(a, b)).toBe(joinStates(b, a));
      expect(joinStates(joinStates(a, b), c)).toBe(joinStates(a, joinStates(b, c)));
      expect(joinStates(a, a)).toBe(a);
    }),
  );
});

test('receipts settle the same in any order and however often they are repeated', () => {
  const shuffled = fc
    .array(state, { minLength: 1 })
    .chain((states) =>
      fc.tuple(fc.constant(states), fc.shuffledSubarray([...states, ...states], { minLength: states.length * 2 })),
    );
  fc.assert(
    fc.property(shuffled, ([states, again]) => {
      expect(again.reduce(joinStates)).toBe(states.reduce(joinStates));
    }),
  );
});

test('evidence only raises a state: proof of delivery beats a report of failure, a late “sent” changes nothing', () => {
  fc.assert(fc.property(state, state, (a, b) => void expect(RANK[joinStates(a, b)]).toBeGreaterThanOrEqual(RANK[a])));
  expect(joinStates('failed', 'delivered')).toBe('delivered');
  expect(joinStates('read', 'sent')).toBe('read');
  expect(joinStates('sent', 'failed')).toBe('failed');
});

test('a message is as far as its worst part, and failed when any part failed', () => {
  expect(worstState(['read', 'sent', 'delivered'])).toBe('sent');
  expect(worstState(['read', 'failed'])).toBe('failed');
  expect(worstState(['read', 'read'])).toBe('read');
  fc.assert(
    fc.property(fc.array(state, { minLength: 1 }), (parts) => {
      const worst = worstState(parts);
      expect(parts).toContain(worst);
      if (worst !== 'failed') for (const part of parts) expect(RANK[worst]).toBeLessThanOrEqual(RANK[part]);
    }),
  );
});

test('what is not settled yet is pending on the wire', () => {
  expect(DELIVERY_STATES.map(wireStatus)).toEqual([
    'pending',
    'pending',
    'pending',
    'sent',
    'failed',
    'delivered',
    'read',
  ]);
});
