import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ID_PREFIX, type IdKind, newId, newUuid, parseId, toId, uuidOf } from './ids.ts';

const kind = fc.constantFrom(...(Object.keys(ID_PREFIX) as IdKind[]));

test('a UUID is well formed: version 7, variant 10, its time in front', () => {
  const before = Date.now();
  const uuid = newUuid();
  expect(uuid).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  expect(Number.parseInt(uuid.slice(0, 12), 16)).toBeGreaterThanOrEqual(before);
});

test('later ids sort after earlier ones, within a millisecond, past its counter and when the clock steps back', () => {
  const now = Date.now() + 1_000_000;
  const uuids = Array.from({ length: 10_000 }, () => newUuid(now));
  uuids.push(newUuid(now - 5000), newUuid(now + 60_000), newUuid(now));
  expect(uuids).toEqual([...uuids].sort());
  expect(new Set(uuids).size).toBe(uuids.length);
});

test('an id keeps its kind and its UUID', () => {
  fc.assert(
    fc.property(kind, kind, fc.uuid({ version: 7 }), (one, other, uuid) => {
      const id = toId(one, uuid);
      expect(uuidOf(id)).toBe(uuid.replaceAll('-', ''));
      expect(parseId(one, id)).toBe(id);
      if (one !== other) expect(parseId(other, id)).toBeUndefined();
    }),
  );
  expect(parseId('message', newId('message'))).toBeDefined();
});

test('what is no id is no id', () => {
  fc.assert(fc.property(kind, fc.string(), (one, text) => void expect(parseId(one, text)).toBeUndefined()));
  expect(parseId('message', `msg_${'0'.repeat(31)}G`)).toBeUndefined();
  expect(parseId('message', `msg_${'A'.repeat(32)}`)).toBeUndefined();
});
