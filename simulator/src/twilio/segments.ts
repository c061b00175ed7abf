const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extended = new Set('\f^{}\\[~]|€');

/** How a text is cut for the air: 160 and 153 septets of GSM 03.38, or 70 and 67 UTF-16 units where one character is outside it. */
export function segmentsOf(text: string): { encoding: 'GSM-7' | 'UCS-2'; count: number } {
  const gsm = [...text].every((char) => basic.has(char) || extended.has(char));
  const costs = [...text].map((char) => (gsm ? (extended.has(char) ? 2 : 1) : char.length));
  const length = costs.reduce((sum, cost) => sum + cost, 0);
  const encoding = gsm ? 'GSM-7' : 'UCS-2';
  if (length <= (gsm ? 160 : 70)) return { encoding, count: 1 };
  const each = gsm ? 153 : 67;
  let count = 1;
  let used = 0;
  // An escape pair or a surrogate pair is never torn.
  for (const cost of costs) {
    if (used + cost > each) {
      count++;
      used = 0;
    }
    used += cost;
  }
  return { encoding, count };
}
