import type { CountAs, Markup } from '../capability.ts';
import { parseHtml } from './html.ts';
import { parseMarkdown } from './markdown.ts';
import { reduce, type Written, write } from './markup.ts';
import { within } from './measure.ts';
import type { Page } from './page.ts';
import { plain, type Rich, slice, textOf } from './rich.ts';
import { splitRanges } from './split.ts';

/** The words of a content as runs, in whatever form they were written. */
export function read(page: Page, text: string | undefined, format?: 'plain' | 'markdown' | 'html'): Rich {
  if (!text) return plain(text);
  const fitted = page.options.markup;
  if (fitted && fitted !== 'none') return { ...readMarkup(text, fitted), raw: text };
  if (format === 'markdown') return parseMarkdown(text);
  // A mail's HTML goes out as its author laid it out; the runs are for counting, and for adding lines below.
  if (format === 'html') return page.can.text.markup === 'html' ? { ...parseHtml(text), raw: text } : parseHtml(text);
  return { ...plain(text), literal: format === 'plain' };
}

function readMarkup(text: string, markup: Markup): Rich {
  if (markup === 'telegram-html' || markup === 'html') return parseHtml(text);
  return markup === 'markdown-subset' ? parseMarkdown(text) : plain(text);
}

/** Writes words as one text, when they stay within `max` as the channel counts them. Telegram counts what is read, the others what is sent. */
export function layWhole(page: Page, body: Rich, max: number | null | undefined): Written | undefined {
  const { markup, countAs } = page.can.text;
  const shown = reduce(body, markup);
  if (!within(textOf(shown), max, countAs)) return undefined;
  const written = body.raw === undefined ? write(shown, markup) : { text: body.raw, markup };
  if (!fits(written, textOf(shown), max, countAs)) return undefined;
  tell(page, body, shown, [written]);
  return written;
}

/** Writes words as one text or several, each within `max`, the last within `lastMax`. Every one is well-formed by itself. */
export function lay(page: Page, body: Rich, max: number | null, lastMax: number | null = max): Written[] {
  const limit = max ?? Number.POSITIVE_INFINITY;
  const lastLimit = Math.min(limit, lastMax ?? limit);
  const whole = layWhole(page, body, lastLimit);
  if (whole) return [whole];
  const { markup, countAs } = page.can.text;
  const shown = reduce(body, markup);
  const words = textOf(shown);
  // Marks and escapes may take room of their own: then the words are cut a little shorter until all parts fit.
  for (let share = 1; share * lastLimit >= 16 || share === 1; share *= 0.85) {
    const ranges = splitRanges(words, Math.floor(limit * share), countAs, Math.floor(lastLimit * share));
    const parts = ranges.map(({ start, end }) => write(slice(shown, start, end), markup));
    const fit = parts.every((part, i) => {
      const { start, end } = ranges[i]!;
      return fits(part, words.slice(start, end), i === parts.length - 1 ? lastLimit : limit, countAs);
    });
    if (!fit) continue;
    tell(page, body, shown, parts, lastLimit);
    return parts;
  }
  page.lose('formatting_dropped', 'has no room for the formatting; the words stay.');
  const bare = splitRanges(words, limit, countAs, lastLimit).map(({ start, end }) => ({
    text: words.slice(start, end),
  }));
  tell(page, body, shown, bare, lastLimit);
  return bare;
}

const fits = (part: Written, words: string, max: number | null | undefined, countAs: CountAs): boolean =>
  within(part.markup === 'telegram-html' ? words : part.text, max, countAs);

const UNIT: Readonly<Record<CountAs, string>> = {
  utf16: 'characters',
  graphemes: 'characters',
  segments: 'characters',
  'bytes-utf8': 'bytes',
};

function tell(page: Page, body: Rich, shown: Rich, parts: readonly Written[], lastLimit?: number): void {
  const { markup, max, countAs } = page.can.text;
  if (parts.length > 1 && max !== null && (lastLimit === max || !within(textOf(shown), max, countAs)))
    page.lose('text_split', `takes at most ${max} ${UNIT[countAs]} at once; the text comes in ${parts.length} parts.`);
  if (body.runs.some((run) => run.link) && !shown.runs.some((run) => run.link) && textOf(shown) !== textOf(body))
    page.lose('links_written_out', 'cannot hide a link behind words; the address stands beside them.');
  if (markup === 'none' && body.runs.some((run) => run.marks !== 0))
    page.lose('formatting_dropped', 'has no formatting; the words stay.');
  if (body.raw === undefined && body.literal && parts.some(({ text, markup: own }) => !own && /[∗＿∼｀]/.test(text)))
    page.lose('marks_replaced', 'would read some characters as formatting; look-alikes stand in their place.');
}
