import { type ConsentWord, consentWord } from '@tributary/protocol';
import type { InboundEventOf } from '../adapter.ts';
import { type Form, readField } from '../common/twilio.ts';
import type { SmsConfig } from './config.ts';

/** A word that Twilio acts upon by itself: it blocks or frees the sender for this person, and answers. */
export interface Keyword {
  kind: ConsentWord;
  word: string;
  /** Twilio has answered; whoever answers as well says it twice. */
  answered: boolean;
}

const TYPES: Readonly<Record<string, ConsentWord>> = { STOP: 'stop', START: 'start', HELP: 'help' };

/**
 * What Twilio has made of the text. `OptOutType` tells where Advanced Opt-Out is on, whose words may be any; elsewhere the words are the ones that
 * carriers agreed on. A bare YES frees whoever was stopped, but mostly it is the answer to a question, so it is left to be answered.
 */
export function readKeyword(form: Form, config: Pick<SmsConfig, 'advancedOptOut'>): Keyword | undefined {
  const word = (readField(form, 'Body') ?? '')
    .normalize('NFKC')
    .replace(/^\s+|[\s.,!?;:]+$/g, '')
    .toUpperCase();
  const told = TYPES[readField(form, 'OptOutType') ?? ''];
  if (told) return { kind: told, word, answered: true };
  if (config.advancedOptOut) return undefined;
  const kind = consentWord(word);
  if (!kind) return undefined;
  // Twilio reads the word alone: with a mark behind it HELP is left to us, and a STOP is honoured all the same.
  const exact = (readField(form, 'Body') ?? '').trim().toUpperCase() === word;
  return { kind, word, answered: kind === 'stop' || (exact && word !== 'YES') };
}

/** What a keyword says for the ledger of consent. */
export const CONSENTS: Readonly<Record<ConsentWord, InboundEventOf<'consent'>['state']>> = {
  stop: 'opted_out',
  start: 'opted_in',
  help: 'help_asked',
};
