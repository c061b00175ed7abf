import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs, safeUrl } from './runs.ts';

test('a text without entities is one run, an empty one none', () => {
  expect(runs('hello')).toEqual([{ text: 'hello', marks: [] }]);
  expect(runs('')).toEqual([]);
});

test('overlapping entities are cut where they cross', () => {
  expect(
    runs('abcdef', [
      { type: 'bold', offset: 0, length: 4 },
      { type: 'italic', offset: 2, length: 4 },
    ]),
  ).toEqual([
    { text: 'ab', marks: ['bold'] },
    { text: 'cd', marks: ['bold', 'italic'] },
    { text: 'ef', marks: ['italic'] },
  ]);
});

test('offsets count UTF-16 units, so an emoji is two', () => {
  expect(runs('👍 ok', [{ type: 'bold', offset: 3, length: 2 }])).toEqual([
    { text: '👍 ', marks: [] },
    { text: 'ok', marks: ['bold'] },
  ]);
});

test('a link without an address of its own is its text', () => {
  expect(runs('see example.com', [{ type: 'link', offset: 4, length: 11 }])[1]?.url).toBe('https://example.com');
});

test('a link that is not for the web is shown as words', () => {
  expect(safeUrl('javascript:alert(1)')).toBeUndefined();
  expect(safeUrl('data:text/html,x')).toBeUndefined();
  expect(safeUrl('tel:+4930')).toBe('tel:+4930');
  expect(safeUrl('me@example.com')).toBe('mailto:me@example.com');
});

test('whatever the entities claim, every character comes out once and in order', () => {
  const entity = fc.record({
    type: fc.constantFrom('bold' as const, 'italic' as const, 'underline' as const, 'code' as const, 'link' as const),
    offset: fc.integer({ min: -5, max: 40 }),
    length: fc.integer({ min: -5, max: 40 }),
    url: fc.option(fc.webUrl(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(entity, { maxLength: 8 }), (text, entities) => {
      expect(
        runs(text, entities)
          .map((run) => run.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
