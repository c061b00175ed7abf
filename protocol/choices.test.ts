import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchChoice, numberedText } from './choices.ts';
import { consentWord } from './consent.ts';
import type { Choice } from './fit.ts';
import { prose } from './testing/arbitraries.ts';

const choices: Choice[] = [
  { number: 1, text: 'Red', payload: 'RED' },
  { number: 2, text: 'Águas  claras', payload: 'AGUAS' },
  { number: 3, text: 'Cancel', payload: 'NO' },
];
const meant = (text: string): string | undefined => matchChoice(text, choices)?.payload;

describe('matchChoice', () => {
  test.each(['1', ' 1 ', '1.', '1)', '#1', '１', '1️⃣', '①', '١', '१', 'red', ' RED ', 'ｒｅｄ'])(
    'reads “%s” as the first choice',
    (text) => {
      expect(meant(text)).toBe('RED');
    },
  );

  test('reads own words in any case and spelling of accents', () => {
    expect(meant('águas claras')).toBe('AGUAS');
    expect(meant('A\u0301GUAS  CLARAS')).toBe('AGUAS');
  });

  test.each(['', '4', '0', '-1', '1 please', 'one', 'the red one', '1.5', '11', '1 2', 'aguas claras'])(
    'does not guess at “%s”',
    (text) => {
      expect(meant(text)).toBeUndefined();
    },
  );

  test('a word that opts out is never an answer; its number is', () => {
    expect(meant('cancel')).toBeUndefined();
    expect(meant('3')).toBe('NO');
  });

  test('two that fit are none: a number that is also another choice’s words, or the same words twice', () => {
    const sizes = [
      { number: 1, text: '2', payload: 'two' },
      { number: 2, text: '4', payload: 'four' },
    ];
    expect(matchChoice('2', sizes)).toBeUndefined();
    expect(matchChoice('4', sizes)?.payload).toBe('four');
    const twice = [
      { number: 1, text: 'Buy', payload: 'tea' },
      { number: 2, text: 'Buy', payload: 'coffee' },
    ];
    expect(matchChoice('buy', twice)).toBeUndefined();
    expect(matchChoice('2', twice)?.payload).toBe('coffee');
  });

  test('every choice answers to its number, and to its words where they are its own', () => {
    const some = fc
      .array(prose(3), { minLength: 1, maxLength: 30 })
      .map((texts) => texts.map((text, i) => ({ number: i + 1, text: `option ${text}`, payload: `p${i}` })));
    fc.assert(
      fc.property(some, fc.nat(), fc.constantFrom('%', '%.', '%)', '#%', ' % '), (all, index, form) => {
        const choice = all[index % all.length]!;
        expect(matchChoice(form.replace('%', String(choice.number)), all)).toBe(choice);
        const rivals = all.filter((other) => other.text.toLowerCase() === choice.text.toLowerCase());
        if (rivals.length > 1) expect(matchChoice(choice.text, all)).toBeUndefined();
        else expect([choice, undefined]).toContain(matchChoice(choice.text, all));
      }),
    );
  });

  test('any text at all is read without fault', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void matchChoice(text, choices)));
  });
});

test('consent words are whole messages, in any case', () => {
  expect(consentWord(' Stop ')).toBe('stop');
  expect(consentWord('unstop')).toBe('start');
  expect(consentWord('INFO')).toBe('help');
  expect(consentWord('please stop')).toBeUndefined();
});

test('numbered text stands below its body', () => {
  expect(numberedText('Which?', choices.slice(0, 1))).toBe('Which?\n\n1) Red');
  expect(numberedText('', choices.slice(0, 1))).toBe('1) Red');
});
