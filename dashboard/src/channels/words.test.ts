import { expect, test } from 'vitest';
import { ago, glanceOf, toneOf } from './words.ts';

test('what a type can do is told by what it does natively', () => {
  expect(
    glanceOf({
      image: { out: 'full' },
      buttons: { out: 'fallback' },
      carousels: { out: 'partial' },
      readReceipts: { in: 'full', out: 'dropped' },
    }),
  ).toBe('Text, pictures, carousels, read receipts');
});

test('a channel that works and complains is neither good nor broken', () => {
  expect(toneOf({ status: 'active' }).tone).toBe('good');
  expect(toneOf({ status: 'active', error: 'No webhook comes.' }).tone).toBe('warn');
  expect(toneOf({ status: 'error', error: 'x' }).tone).toBe('bad');
});

test('times are told as people tell them', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  expect(ago('2026-11-24T11:59:40Z', now)).toBe('just now');
  expect(ago('2026-11-24T09:30:00Z', now)).toMatch(/2 hr/);
  expect(ago('2026-11-21T12:00:00Z', now)).toMatch(/3 days ago/);
});
