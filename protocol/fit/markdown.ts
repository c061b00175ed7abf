import { append, isSafeLink, MARK, type Rich, type Run } from './rich.ts';

const PUNCTUATION = /[!-/:-@[-`{-~]/;
/** A longer label is no label; the bound keeps thousands of open brackets from costing their square. */
const LABEL_MAX = 1000;
/** What cannot begin anything: not a mark, not a link. */
const PLAIN = /[^\\`*_~[!<h]+/y;
const WORD = /[\p{L}\p{N}]/u;
const DELIMITERS: readonly { mark: number; open: string }[] = [
  { mark: MARK.bold, open: '**' },
  { mark: MARK.bold, open: '__' },
  { mark: MARK.strike, open: '~~' },
  { mark: MARK.italic, open: '*' },
  { mark: MARK.italic, open: '_' },
];

/**
 * Reads the part of Markdown that chat knows: bold, italic, strike, code, fences, links, pictures, headings (bold lines) and bullets. Lists,
 * quotes and tables stay as they are written, which is how people read them in a chat. Never throws; a mark that nothing closes is a character.
 */
export function parseMarkdown(source: string): Rich {
  const runs: Run[] = [];
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  let block: string[] = [];
  const flush = (): void => {
    if (block.length > 0) inline(block.join('\n'), 0, undefined, runs);
    block = [];
  };
  const endBlock = (): void => {
    if (block.length === 0) return;
    flush();
    append(runs, { text: '\n', marks: 0 });
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = /^ {0,3}(`{3,}|~{3,})\s*[\w+-]*\s*$/.exec(line);
    const end = fence ? closingFence(lines, i + 1, fence[1]!) : -1;
    const heading = /^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$/.exec(line);
    if (fence && end > 0) {
      endBlock();
      append(runs, { text: lines.slice(i + 1, end).join('\n'), marks: MARK.pre });
      i = end;
      if (i + 1 < lines.length) append(runs, { text: '\n', marks: 0 });
      continue;
    }
    if (heading) {
      endBlock();
      inline(heading[1]!, MARK.bold, undefined, runs);
      if (i + 1 < lines.length) append(runs, { text: '\n', marks: 0 });
      continue;
    }
    if (line.trim() === '' && i > 0) {
      // A blank line ends the reach of every mark.
      endBlock();
      append(runs, { text: i + 1 < lines.length ? '\n' : '', marks: 0 });
      continue;
    }
    block.push(line.replace(/^(\s*)[*+]\s+/, '$1• ').replace(/ {2,}$/, ''));
  }
  flush();
  return { runs, literal: true };
}

function closingFence(lines: string[], from: number, fence: string): number {
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line.startsWith(fence) && line.replaceAll(fence[0]!, '') === '') return i;
  }
  return -1;
}

/** Reads one paragraph. A search that found no closer is not made again, so the time stays in proportion to the text. */
function inline(text: string, marks: number, link: string | undefined, runs: Run[]): void {
  const unclosed = new Set<string>();
  const say = (words: string, extra = 0, target = link): void =>
    append(runs, { text: words, marks: marks | extra, ...(target ? { link: target } : {}) });
  let at = 0;
  while (at < text.length) {
    PLAIN.lastIndex = at;
    const words = PLAIN.exec(text)?.[0];
    if (words) {
      say(words);
      at += words.length;
      continue;
    }
    const char = text[at]!;
    if (char === '\\' && PUNCTUATION.test(text[at + 1] ?? '')) {
      say(text[at + 1]!);
      at += 2;
      continue;
    }
    if (char === '`') {
      const ticks = /^`+/.exec(text.slice(at))![0];
      const end = unclosed.has(ticks) ? -1 : closingTicks(text, at + ticks.length, ticks.length);
      if (end < 0) {
        unclosed.add(ticks);
        say(ticks);
        at += ticks.length;
      } else {
        const code = text.slice(at + ticks.length, end);
        say(code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '' ? code.slice(1, -1) : code, MARK.code);
        at = end + ticks.length;
      }
      continue;
    }
    const target = char === '[' || (char === '!' && text[at + 1] === '[') ? linkAt(text, at, unclosed) : undefined;
    if (target && !link) {
      if (isSafeLink(target.url)) inline(target.words || target.url, marks, target.url, runs);
      else {
        inline(target.words, marks, link, runs);
        if (target.url && !/^(?:javascript|data|vbscript):/i.test(target.url)) say(` (${target.url})`);
      }
      at = target.end;
      continue;
    }
    const auto = char === '<' ? /^<((?:https?|mailto|tel):[^\s<>]+)>/.exec(text.slice(at, at + 2048)) : undefined;
    if (auto) {
      say(auto[1]!, 0, link ?? auto[1]!);
      at += auto[0].length;
      continue;
    }
    // The address of a bare link is not read for marks.
    const bare = char === 'h' ? bareLink(text, at) : undefined;
    if (bare) {
      say(bare);
      at += bare.length;
      continue;
    }
    const closed = delimited(text, at, unclosed);
    if (closed) {
      inline(text.slice(at + closed.length, closed.end), marks | closed.mark, link, runs);
      at = closed.end + closed.length;
      continue;
    }
    say(char);
    at++;
  }
}

/** Bare links in a text, for `split`: every second piece is one. A link ends before marks and closing punctuation that belong to the sentence. */
export const BARE_LINKS = /((?<![\p{L}\p{N}])https?:\/\/[^\s<>[\]*`\\]*[^\s<>[\]*`\\_~.,;:!?)])/u;
const BARE_LINK = new RegExp(BARE_LINKS, 'uy');

function bareLink(text: string, at: number): string | undefined {
  BARE_LINK.lastIndex = at;
  return BARE_LINK.exec(text)?.[0];
}

function delimited(
  text: string,
  at: number,
  unclosed: Set<string>,
): { mark: number; length: number; end: number } | undefined {
  for (const { mark, open } of DELIMITERS) {
    if (!text.startsWith(open, at) || unclosed.has(open)) continue;
    const next = text[at + open.length];
    if (next === undefined || /\s/.test(next) || next === open[0]) continue;
    if (WORD.test(text[at - 1] ?? '') && open.startsWith('_')) continue;
    const end = closer(text, at + open.length, open);
    if (end < 0) unclosed.add(open);
    else return { mark, length: open.length, end };
  }
  return undefined;
}

function closer(text: string, from: number, open: string): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    const bare = char === 'h' ? bareLink(text, at) : undefined;
    if (char === '\\') at++;
    else if (bare) at += bare.length - 1;
    else if (char === '`') {
      const ticks = /^`+/.exec(text.slice(at))![0].length;
      const end = closingTicks(text, at + ticks, ticks);
      at = end < 0 ? at + ticks - 1 : end + ticks - 1;
    } else if (text.startsWith(open, at)) {
      let run = 1;
      while (text[at + run] === open[0]) run++;
      const fitting = open.length === 1 ? run !== 2 : run >= 2;
      const close = at + run - open.length;
      const after = text[at + run] ?? '';
      if (fitting && at > from && !/\s/.test(text[at - 1]!) && !(open.startsWith('_') && WORD.test(after)))
        return close;
      at += run - 1;
    }
  }
  return -1;
}

function closingTicks(text: string, from: number, count: number): number {
  for (let at = text.indexOf('`', from); at >= 0; at = text.indexOf('`', at)) {
    let run = 0;
    while (text[at + run] === '`') run++;
    if (run === count) return at;
    at += run;
  }
  return -1;
}

function linkAt(
  text: string,
  at: number,
  unclosed: Set<string>,
): { words: string; url: string; end: number } | undefined {
  if (unclosed.has('[')) return undefined;
  const open = text[at] === '!' ? at + 2 : at + 1;
  let depth = 1;
  let close = open;
  for (; close < text.length; close++) {
    if (close - open > LABEL_MAX) return undefined;
    const char = text[close];
    if (char === '\\') close++;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) break;
  }
  if (close >= text.length) {
    unclosed.add('[');
    return undefined;
  }
  const target = /^\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"]*")?\s*\)/.exec(
    text.slice(close + 1, close + 4096),
  );
  if (!target) return undefined;
  return { words: text.slice(open, close), url: unescapePunctuation(target[1]!), end: close + 1 + target[0].length };
}

const unescapePunctuation = (text: string): string => text.replace(/\\([!-/:-@[-`{-~])/g, '$1');
