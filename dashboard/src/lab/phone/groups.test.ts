import { expect, test } from 'vitest';
import type { PhoneMessage } from '../sim.ts';
import { placed } from './groups.ts';

const said = (from: PhoneMessage['from'], minute: number, kind: PhoneMessage['kind'] = 'text'): PhoneMessage => ({
  id: `${from}${minute}`,
  from,
  kind,
  at: new Date(2026, 2, 10, 12, minute).toISOString(),
});
const now = new Date(2026, 2, 10, 20);

test('messages of one side stand together until the other speaks or time has passed', () => {
  const chat = placed([said('business', 0), said('business', 1), said('customer', 2), said('customer', 30)], now);
  expect(chat.map(({ first, last }) => [first, last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ]);
});

test('a day is told once, above its first message', () => {
  const yesterday = { ...said('business', 0), at: new Date(2026, 2, 9, 23, 59).toISOString() };
  const early = { ...said('business', 1), at: new Date(2026, 2, 10, 0, 1).toISOString() };
  const chat = placed([yesterday, early, said('business', 1)], now);
  expect(chat.map(({ day }) => day)).toEqual(['Yesterday', 'Today', undefined]);
  expect(chat[0]?.last).toBe(true);
});

test('a service line parts what is above from what is below', () => {
  expect(
    placed([said('business', 0), said('business', 0, 'service'), said('business', 0)], now).every(
      ({ first, last }) => first && last,
    ),
  ).toBe(true);
});
