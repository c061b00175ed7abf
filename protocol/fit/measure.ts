import type { CountAs } from '../capability.ts';
import { hasGsmExtended, isGsmExtended } from '../segments.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The length of a text as a channel counts it. `segments` counts septets and UTF-16 units, whichever is more, so that it never errs on the long side. */
export function measure(text: string, countAs: CountAs): number {
  if (countAs === 'utf16') return text.length;
  let sum = 0;
  if (countAs === 'graphemes') {
    for (const _ of graphemes.segment(text)) sum++;
    return sum;
  }
  for (let i = 0; i < text.length; i += widthAt(text, i)) sum += costAt(text, i, countAs);
  return sum;
}

/** Is the text within the limit? `null` and `undefined` are no limit. Answers at once where the number of UTF-16 units settles it. */
export function within(text: string, max: number | null | undefined, countAs: CountAs): boolean {
  if (max === null || max === undefined || max === Number.POSITIVE_INFINITY) return true;
  const most = countAs === 'bytes-utf8' ? 3 : countAs === 'segments' ? 2 : 1;
  if (text.length * most <= max) return true;
  if (countAs === 'segments' && !hasGsmExtended(text)) return text.length <= max;
  return measure(text, countAs) <= max;
}

/** How far from `from` a text may run within `limit`: an index on a border of characters, and always some way ahead. */
export function reach(text: string, from: number, limit: number, countAs: CountAs): number {
  if (countAs === 'graphemes') {
    let count = 0;
    for (const { index } of graphemes.segment(text.slice(from))) if (count++ === limit) return from + index;
    return text.length;
  }
  let used = 0;
  let at = from;
  while (at < text.length) {
    used += costAt(text, at, countAs);
    if (used > limit) break;
    at += widthAt(text, at);
  }
  return Math.max(at, Math.min(text.length, from + widthAt(text, from)));
}

/** The last border of graphemes in (from, at], so that no emoji or accented letter is torn; `at` itself when one grapheme fills it all. */
export function graphemeBorder(text: string, from: number, at: number): number {
  if (at >= text.length) return text.length;
  const start = graphemes.segment(text.slice(from, at + 64)).containing(at - from)?.index ?? 0;
  return start > 0 ? from + start : at;
}

/** Cuts a label to `max` with an ellipsis, on a border of graphemes. */
export function shorten(text: string, max: number, countAs: CountAs): string {
  if (within(text, max, countAs)) return text;
  const room = max - measure('…', countAs);
  if (room < 1) return '';
  const end = reach(text, 0, room, countAs);
  const cut = text.slice(0, graphemeBorder(text, 0, end)).trimEnd();
  const label = `${cut}…`;
  return cut !== '' && within(label, max, countAs) ? label : '';
}

const widthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

function costAt(text: string, at: number, countAs: CountAs): number {
  const code = text.codePointAt(at) ?? 0;
  if (countAs === 'bytes-utf8') return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  if (countAs === 'segments' && isGsmExtended(text.charAt(at))) return 2;
  return code > 0xffff ? 2 : 1;
}
