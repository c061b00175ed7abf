/** What a person may write, anywhere, to stop messages, to have them again, or to ask for help: the words carriers agreed on. */
export const CONSENT_WORDS = {
  stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  start: ['START', 'YES', 'UNSTOP'],
  help: ['HELP', 'INFO'],
} as const;
/** Words that mostly answer a question; they mean their consent only to whom is stopped. */
const ANSWERS: readonly string[] = ['YES'];
export const isAnswerToo = (word: string): boolean => ANSWERS.includes(word.toUpperCase());

export type ConsentWord = keyof typeof CONSENT_WORDS;

const BY_WORD: ReadonlyMap<string, ConsentWord> = new Map(
  (Object.keys(CONSENT_WORDS) as ConsentWord[]).flatMap((kind) => CONSENT_WORDS[kind].map((word) => [word, kind])),
);

/** Reads a message that is nothing but such a word and what hasty people put after it; anything longer is talk. */
export function consentWord(text: string): ConsentWord | undefined {
  if (text.length > 64) return undefined;
  const word = text
    .normalize('NFKC')
    .trim()
    .replace(/[\s.,!?;:]+$/, '');
  return BY_WORD.get(word.toUpperCase());
}
