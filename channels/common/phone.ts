import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Address } from '../adapter.ts';

/**
 * A phone number as a caller writes it, in the international form with or without `+` or `00`: E.164, or nothing where it cannot be one. Possible
 * is enough; whether somebody has it only the network knows.
 */
export function readPhone(text: string): Address | undefined {
  const written = text.trim();
  if (!/^(\+|00)?[\d\s().\u2010-\u2015-]+$/.test(written)) return undefined;
  const number = parsePhoneNumberFromString(`+${written.replace(/^(\+|00)/, '')}`);
  return number?.isPossible() ? { kind: 'phone', value: number.number } : undefined;
}
