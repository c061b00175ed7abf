import { describe, expect, test } from 'vitest';
import { CONSENT_WORDS, type ConsentWord, consentWord } from './consent.ts';

describe('words of consent', () => {
  test('are whole messages, in any case and width, with what hasty people put after them', () => {
    for (const kind of Object.keys(CONSENT_WORDS) as ConsentWord[])
      for (const word of CONSENT_WORDS[kind])
        for (const text of [word, word.toLowerCase(), ` ${word}\n`, `${word}!`, `${word} ...`])
          expect(consentWord(text), JSON.stringify(text)).toBe(kind);
    expect(consentWord('ｓｔｏｐ')).toBe('stop');
  });

  test('are not to be found in talk', () => {
    for (const text of [
      '',
      '...',
      'stop it',
      'stop stop',
      'startup',
      'no',
      'stop? no',
      '!stop',
      `stop${' '.repeat(100)}`,
    ])
      expect(consentWord(text), JSON.stringify(text)).toBeUndefined();
  });
});
