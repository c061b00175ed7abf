import { consentWord } from './consent.ts';
import type { Choice } from './fit.ts';

export { choiceLine, numberedText } from './fit/page.ts';

const NUMBER = /^#?(\d{1,4})[.)]?$/;
/** Where the ten digits of scripts begin that NFKC leaves as they are: Arabic, Persian, Devanagari, Bengali, Tamil, Thai… */
const ZEROS = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040, 0x17e0, 0x1810,
];

/**
 * Which of the open choices a person means: the whole text is its number ("2", "2.", "2)", "#2", in any script's digits) or its own words, in
 * any case. Two that fit are none, and a word that opts out is never an answer.
 */
export function matchChoice(text: string, choices: readonly Choice[]): Choice | undefined {
  if (choices.length === 0 || text.length > 2000 || consentWord(text) === 'stop') return undefined;
  const said = plainForm(text);
  if (said === '') return undefined;
  const number = NUMBER.exec(asciiDigits(said))?.[1];
  const meant = choices.filter((choice) => Number(number) === choice.number || plainForm(choice.text) === said);
  // The same answer offered twice is still one answer.
  return new Set(meant.map((choice) => choice.payload)).size === 1 ? meant[0] : undefined;
}

/** Case, width, accents' spelling, inner spaces and the frames of keycap emoji do not matter. */
const plainForm = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\ufe0f\u20e3\u200b-\u200d\u2060]/g, '')
    .toLowerCase()
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();

const asciiDigits = (text: string): string =>
  text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    const zero = ZEROS.find((first) => code >= first && code < first + 10);
    return zero === undefined ? digit : String(code - zero);
  });
