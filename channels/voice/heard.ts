import { present, readNumber } from '../common/json.ts';
import { type Form, readField } from '../common/twilio.ts';
import type { VoiceConfig } from './config.ts';
import { type Place, readKey } from './place.ts';

/** What somebody did when we listened. Only words are told to anybody; the rest is between us and the caller. */
export type Heard =
  | { means: 'words'; text: string; metadata: Record<string, unknown>; dial?: string }
  | { means: 'wrong' | 'again' | 'more' | 'person' | 'silence'; why: string };

/**
 * Reads the answer of a Gather. In a menu a key stands for the number of a choice, on whatever level it was pressed, and the server knows what
 * that number means; anything else that is typed or spoken are words.
 */
export function readHeard(form: Form, place: Place, config: Pick<VoiceConfig, 'fallbackNumber'>): Heard {
  const digits = readField(form, 'Digits');
  const speech = readField(form, 'SpeechResult')?.trim();
  if (digits) {
    if (!place.menu) return { means: 'words', text: digits, metadata: { keys: digits } };
    const key = readKey(digits, place.menu, config.fallbackNumber !== undefined);
    switch (key) {
      case 'again':
        return { means: 'again', why: 'The caller asked to hear the menu again.' };
      case 'more':
        return { means: 'more', why: 'The caller asked for more choices.' };
      case 'person':
        return { means: 'person', why: 'The caller asked for a person.' };
      case 'wrong':
        return { means: 'wrong', why: 'The key is none of the menu’s.' };
    }
    const dial = place.menu.dials[key];
    return { means: 'words', text: String(key), metadata: { keys: digits }, ...(dial ? { dial } : {}) };
  }
  if (speech) {
    const metadata = present({
      confidence: readNumber(readField(form, 'Confidence')),
      language: readField(form, 'Language'),
    });
    return { means: 'words', text: withoutStop(speech), metadata: { spoken: true, ...metadata } };
  }
  return { means: 'silence', why: 'The caller said nothing.' };
}

/** Speech recognition ends a single word with a full stop, which would keep it from being one of the choices. */
const withoutStop = (speech: string): string => (/[.。].*[.。]/.test(speech) ? speech : speech.replace(/[.。]$/, ''));
