/** The GSM 03.38 basic alphabet; each of its characters is one septet. */
const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** The extension table; each of its characters is an escape and one septet more. */
const GSM_EXTENDED = new Set('\f^{}\\[~]|€');

/** Is there any such character in the text? */
export const hasGsmExtended = (text: string): boolean => /[\f^{}\\[~\]|€]/.test(text);

/** How an SMS is carried: its alphabet, and how many segments the carrier bills. `units` are septets or UTF-16 units. */
export interface Segments {
  encoding: 'GSM-7' | 'UCS-2';
  segments: number;
  units: number;
}

/** Does the character cost two septets? */
export const isGsmExtended = (char: string): boolean => GSM_EXTENDED.has(char);

/**
 * Counts an SMS the way carriers do: 160 septets alone and 153 each when joined; 70 and 67 units in UCS-2, which one character outside
 * GSM-7 is enough to cause. Neither an escape pair nor a surrogate pair is torn over a border, so a segment may end one unit early.
 */
export function segmentsOf(text: string): Segments {
  const chars = Array.from(text);
  const gsm = chars.every((char) => GSM_BASIC.has(char) || GSM_EXTENDED.has(char));
  const cost = gsm ? (char: string) => (GSM_EXTENDED.has(char) ? 2 : 1) : (char: string) => char.length;
  const encoding = gsm ? 'GSM-7' : 'UCS-2';
  const units = chars.reduce((sum, char) => sum + cost(char), 0);
  if (units === 0) return { encoding, segments: 0, units };
  if (units <= (gsm ? 160 : 70)) return { encoding, segments: 1, units };
  const each = gsm ? 153 : 67;
  let segments = 1;
  let used = 0;
  for (const char of chars) {
    if (used + cost(char) > each) {
      segments++;
      used = 0;
    }
    used += cost(char);
  }
  return { encoding, segments, units };
}
