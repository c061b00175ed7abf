import { expect, test } from 'vitest';
import { amount, BEHAVED, KNOBS, troubles } from './misbehaviour.ts';

const settings = { ...BEHAVED, retryAfterSeconds: 3 };
const knob = (name: string) => KNOBS.find((each) => each.name === name)!;

test('a provider on a good day has no troubles', () => {
  expect(troubles(settings)).toBe(0);
  expect(troubles({ ...settings, rateLimit: 0.1, noReceipts: true })).toBe(2);
});

test('a setting reads as words', () => {
  expect(amount(knob('duplicate'), 0, settings)).toBe('never');
  expect(amount(knob('duplicate'), 0.35, settings)).toBe('35 %');
  expect(amount(knob('duplicate'), 1, settings)).toBe('always');
  expect(amount(knob('lateReceiptMs'), 2500, settings)).toBe('2.5 s');
  expect(amount(knob('rateLimit'), 0.5, settings)).toBe('50 %, wait 3 s');
});
