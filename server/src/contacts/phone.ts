import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** A phone number in E.164, when the text is one with its country code. */
export function readPhone(text: string): string | undefined {
  const trimmed = text.trim();
  const international = trimmed.startsWith('+') ? trimmed : trimmed.replace(/^00/, '+');
  const number = parsePhoneNumberFromString(international);
  return number?.isPossible() ? number.number : undefined;
}
