import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AboutToSay, judgeWindow } from './window.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);
const META = {
  hours: 24,
  allows: 'nothing',
  tags: [{ tag: 'HUMAN_AGENT', hours: 168, authors: ['agent'] }],
} as const;
const text = (more: Partial<AboutToSay> = {}): AboutToSay => ({ template: false, author: 'bot', ...more });

test('a channel without a window is always open', () => {
  expect(judgeWindow(undefined, text(), undefined, NOW)).toEqual({ open: true });
});

test('a window closes exactly when its hours are over', () => {
  expect(judgeWindow(META, text(), hoursAgo(23.99), NOW)).toMatchObject({ open: true });
  expect(judgeWindow(META, text(), hoursAgo(24), NOW)).toEqual({ open: false, allows: 'nothing' });
  expect(judgeWindow(META, text(), undefined, NOW)).toEqual({ open: false, allows: 'nothing' });
});

test('a template passes a closed window only where it is allowed', () => {
  expect(judgeWindow({ hours: 24, allows: 'template' }, text({ template: true }), undefined, NOW)).toEqual({
    open: true,
  });
  expect(judgeWindow(META, text({ template: true }), undefined, NOW)).toEqual({ open: false, allows: 'nothing' });
});

test('a tag opens it for longer: for people, and for programs that ask for it', () => {
  const tagged = { open: true, tag: 'HUMAN_AGENT', until: new Date(hoursAgo(30).getTime() + 168 * 3_600_000) };
  expect(judgeWindow(META, text({ author: 'agent' }), hoursAgo(30), NOW)).toEqual(tagged);
  expect(judgeWindow(META, text({ tag: 'HUMAN_AGENT' }), hoursAgo(30), NOW)).toEqual(tagged);
  expect(judgeWindow(META, text(), hoursAgo(30), NOW)).toEqual({ open: false, allows: 'nothing' });
  expect(judgeWindow(META, text({ author: 'agent' }), hoursAgo(169), NOW)).toEqual({ open: false, allows: 'nothing' });
  expect(judgeWindow(META, text({ tag: 'SOMETHING_ELSE' }), hoursAgo(30), NOW)).toMatchObject({ open: false });
});

test('no tag is used while none is needed', () => {
  expect(judgeWindow(META, text({ author: 'agent' }), hoursAgo(1), NOW)).not.toHaveProperty('tag');
});

test('a window that is open for a sooner word is open for a later one', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 400, noNaN: true }), fc.double({ min: 0, max: 400, noNaN: true }), (a, b) => {
      const [sooner, later] = [Math.max(a, b), Math.min(a, b)];
      const open = (hours: number): boolean => judgeWindow(META, text({ author: 'agent' }), hoursAgo(hours), NOW).open;
      expect(!open(sooner) || open(later)).toBe(true);
    }),
  );
});
