import type { CountAs } from '../capability.ts';
import { graphemeBorder, reach, within } from './measure.ts';

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** A stretch of a text. */
export interface Range {
  start: number;
  end: number;
}

/**
 * Cuts a text into stretches within `limit`, at a paragraph, else a line, else a sentence, else a word, else a grapheme; white space at a cut
 * goes away. With `lastLimit` the last stretch is a short one that buttons can stand under: the last paragraph or sentence.
 */
export function splitRanges(text: string, limit: number, countAs: CountAs, lastLimit = limit): Range[] {
  const whole = { start: 0, end: text.length };
  if (within(text, Math.min(limit, lastLimit), countAs)) return [whole];
  if (lastLimit >= limit) return greedy(text, 0, text.length, limit, countAs);
  const tail = tailStart(text, lastLimit, countAs);
  const head = greedy(text, 0, trimmedEnd(text, 0, tail), limit, countAs);
  return [...head, { start: tail, end: text.length }];
}

/** The same, as texts. */
export function splitText(text: string, limit: number, countAs: CountAs, lastLimit = limit): string[] {
  return splitRanges(text, limit, countAs, lastLimit).map(({ start, end }) => text.slice(start, end));
}

function greedy(text: string, from: number, to: number, limit: number, countAs: CountAs): Range[] {
  const ranges: Range[] = [];
  let start = from;
  while (start < to) {
    const furthest = Math.min(to, reach(text, start, limit, countAs));
    const cut = furthest >= to ? to : breakIn(text, start, furthest);
    const end = cut >= to ? to : trimmedEnd(text, start, cut);
    if (end > start) ranges.push({ start, end });
    start = cut >= to ? to : skipSpace(text, cut, to);
  }
  return ranges;
}

/** The best place to cut in (start, end]. A paragraph, line or sentence counts only when it does not leave a stub. */
function breakIn(text: string, start: number, end: number): number {
  const least = start + (end - start) * 0.3;
  const paragraph = text.lastIndexOf('\n\n', end);
  if (paragraph > least) return paragraph;
  const line = text.lastIndexOf('\n', end);
  if (line > least) return line;
  const sentence = sentenceEnd(text, Math.ceil(least), end);
  if (sentence > least) return sentence;
  for (let at = end; at > start; at--) if (isSpace(text, at)) return at;
  // Scripts without spaces: the segmenter's dictionary knows their words. Elsewhere it would tear a link at each dot.
  if (text.charCodeAt(end) > 0x2e7f || isThaiLike(text.charCodeAt(end))) {
    const from = Math.max(start, end - 128);
    const word = words.segment(text.slice(from, end + 32)).containing(end - from);
    if (word && from + word.index > least) return from + word.index;
  }
  return graphemeBorder(text, start, end);
}

/** Where a sentence ends, at most at `end`: after its mark and the quotes that close with it, before white space or anything in CJK. */
function sentenceEnd(text: string, least: number, end: number): number {
  for (let at = end; at > least; at--) {
    const before = text[at - 1]!;
    if (before === '。' || before === '！' || before === '？') return at;
    if (!isSpace(text, at)) continue;
    let mark = at - 1;
    while (mark > least && '"\'”’»)]'.includes(text[mark]!)) mark--;
    if ('.!?…'.includes(text[mark]!)) return at;
  }
  return -1;
}

/** Where the part under the buttons begins: the last paragraph, line or sentence that fits, else as many words as fit. */
function tailStart(text: string, limit: number, countAs: CountAs): number {
  const fits = (at: number): boolean =>
    at > 0 && within(text.slice(at), limit, countAs) && text.slice(at).trim() !== '';
  for (const mark of ['\n\n', '\n']) {
    const found = text.lastIndexOf(mark, text.trimEnd().length - 1);
    if (found >= 0 && fits(skipSpace(text, found, text.length))) return skipSpace(text, found, text.length);
  }
  const last = text.trimEnd().length - 1;
  const sentence = sentenceEnd(text, Math.max(1, last - limit), last - 1);
  if (sentence > 0 && fits(skipSpace(text, sentence, text.length))) return skipSpace(text, sentence, text.length);
  let at = Math.max(1, text.length - limit);
  while (at < text.length && !fits(at)) at++;
  const border = graphemeBorder(text, 0, at);
  if (border < at) at = Math.min(text.length - 1, nextBorder(text, at));
  for (let space = at; space < text.length - 1; space++) {
    if (isSpace(text, space)) {
      const start = skipSpace(text, space, text.length);
      return start < text.length ? start : at;
    }
  }
  return at;
}

function nextBorder(text: string, at: number): number {
  let next = at + 1;
  while (next < text.length && graphemeBorder(text, 0, next) !== next) next++;
  return next;
}

function trimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isSpace(text, end - 1)) end--;
  return end;
}

function skipSpace(text: string, at: number, to: number): number {
  while (at < to && isSpace(text, at)) at++;
  return at;
}

const isSpace = (text: string, at: number): boolean => /\s/.test(text.charAt(at));
const isThaiLike = (code: number): boolean => (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x1780 && code <= 0x17ff);
