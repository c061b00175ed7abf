import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentsOf } from './segments.ts';

test('GSM-7 holds 160 characters alone and 153 each when joined', () => {
  expect(segmentsOf('a'.repeat(160))).toEqual({ encoding: 'GSM-7', segments: 1, units: 160 });
  expect(segmentsOf('a'.repeat(161))).toEqual({ encoding: 'GSM-7', segments: 2, units: 161 });
  expect(segmentsOf('a'.repeat(307)).segments).toBe(3);
  expect(segmentsOf('')).toEqual({ encoding: 'GSM-7', segments: 0, units: 0 });
});

test('brackets and the euro sign cost two, and an escape is not torn', () => {
  expect(segmentsOf('€'.repeat(80)).segments).toBe(1);
  expect(segmentsOf('€'.repeat(81))).toEqual({ encoding: 'GSM-7', segments: 2, units: 162 });
  expect(segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(152)}`).segments).toBe(3);
});

test('one character outside GSM-7 makes it UCS-2: 70 alone, 67 each; Ç is in, ç is not', () => {
  expect(segmentsOf('Ç').encoding).toBe('GSM-7');
  expect(segmentsOf('ç').encoding).toBe('UCS-2');
  expect(segmentsOf(`ã${'a'.repeat(69)}`).segments).toBe(1);
  expect(segmentsOf(`ã${'a'.repeat(70)}`).segments).toBe(2);
  expect(segmentsOf(`${'a'.repeat(66)}👍${'a'.repeat(66)}`).segments).toBe(3);
});

test('segments always suffice for the units and never waste more than one a border', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      const { encoding, segments, units } = segmentsOf(text);
      const each = encoding === 'GSM-7' ? 153 : 67;
      if (segments > 1) {
        expect(segments).toBeGreaterThanOrEqual(Math.ceil(units / each));
        expect(segments).toBeLessThanOrEqual(Math.ceil(units / (each - 1)));
      }
    }),
  );
});
