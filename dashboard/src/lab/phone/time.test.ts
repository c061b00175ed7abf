import { expect, test } from 'vitest';
import { dayOf, timeOf } from './time.ts';

const now = new Date(2026, 2, 10, 0, 5);

test('days near now have names, others a date', () => {
  expect(dayOf(new Date(2026, 2, 10, 0, 1).toISOString(), now)).toBe('Today');
  expect(dayOf(new Date(2026, 2, 9, 23, 59).toISOString(), now)).toBe('Yesterday');
  expect(dayOf(new Date(2026, 2, 2, 12, 0).toISOString(), now)).toBe('Monday, March 2');
  expect(dayOf(new Date(2024, 11, 24).toISOString(), now)).toBe('December 24, 2024');
});

test('a broken time is left out', () => {
  expect(timeOf('soon')).toBe('');
  expect(dayOf('soon', now)).toBe('');
});
