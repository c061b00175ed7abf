import type { Markup } from '../capability.ts';
import { BARE_LINKS } from './markdown.ts';
import { isBlank, MARK, type Rich, type Run, writeOutLinks } from './rich.ts';

const STYLES = MARK.bold | MARK.italic | MARK.strike;
const MONO = MARK.code | MARK.pre;
const WORD = /[\p{L}\p{N}]/u;

/** Text as a channel is to receive it; `markup` is absent where the words carry no marks and are to be read as they stand. */
export interface Written {
  text: string;
  markup?: Markup;
}

/** What a channel's markup cannot say is said in words or left out, so that afterwards only fitting marks remain. */
export function reduce(rich: Rich, markup: Markup): Rich {
  const shown = markup === 'none' || markup === 'whatsapp' ? writeOutLinks(rich) : rich;
  if (markup !== 'none') return shown;
  return { ...shown, runs: shown.runs.map((run) => ({ text: run.text, marks: 0 })) };
}

export const hasMarks = (rich: Rich): boolean => rich.runs.some((run) => run.marks !== 0 || run.link !== undefined);

/** Writes reduced text in a channel's markup. Each run is opened and closed by itself or nested, so the result is always well-formed. */
export function write(rich: Rich, markup: Markup): Written {
  const words = rich.runs.map((run) => run.text).join('');
  if (markup === 'none' || isBlank(rich)) return { text: words };
  if (!hasMarks(rich)) return { text: markup === 'whatsapp' && rich.literal ? disarm(words) : words };
  if (markup === 'whatsapp') return writeWhatsApp(rich);
  if (markup === 'markdown-subset') return { text: writeMarkdown(rich), markup };
  return { text: writeTags(rich, markup), markup };
}

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** HTML, whole or as Telegram knows it, where code holds no other entity and the text keeps its line breaks. */
function writeTags(rich: Rich, markup: 'telegram-html' | 'html'): string {
  let out = '';
  const open: string[] = [];
  const closeTo = (depth: number): void => {
    while (open.length > depth) out += `</${/^\w+/.exec(open.pop()!)![0]}>`;
  };
  for (const run of rich.runs) {
    const tags = tagsOf(run, markup);
    let shared = 0;
    while (shared < open.length && shared < tags.length && open[shared] === tags[shared]) shared++;
    closeTo(shared);
    for (const tag of tags.slice(shared)) {
      out += `<${tag}>`;
      open.push(tag);
    }
    const text = escapeHtml(run.text);
    out += markup === 'html' && !(run.marks & MARK.pre) ? text.replaceAll('\n', '<br>') : text;
  }
  closeTo(0);
  return out;
}

function tagsOf(run: Run, markup: 'telegram-html' | 'html'): string[] {
  const tags: string[] = [];
  if (run.marks & MONO && markup === 'telegram-html') return [run.marks & MARK.pre ? 'pre' : 'code'];
  if (run.link) tags.push(`a href="${escapeHtml(run.link)}"`);
  if (run.marks & MARK.bold) tags.push('b');
  if (run.marks & MARK.italic) tags.push('i');
  if (run.marks & MARK.strike) tags.push('s');
  if (run.marks & MONO) tags.push(run.marks & MARK.pre ? 'pre' : 'code');
  return tags;
}

/** WhatsApp reads marks only around words of one line, between borders of words; elsewhere the words go bare. */
function writeWhatsApp(rich: Rich): Written {
  let out = '';
  let marked = false;
  rich.runs.forEach((run, index) => {
    if (run.marks === 0) {
      out += rich.literal ? disarm(run.text) : run.text;
      return;
    }
    const lines = run.marks & MONO && !run.text.includes('```') ? [run.text] : run.text.split('\n');
    const nextRun = rich.runs[index + 1]?.text.charAt(0) ?? '';
    lines.forEach((line, i) => {
      if (i > 0) out += '\n';
      const words = line.trim();
      const lead = line.slice(0, line.indexOf(words));
      const trail = line.slice(lead.length + words.length);
      const before = `${out}${lead}`.slice(-1);
      const after = trail || (i < lines.length - 1 ? '\n' : nextRun);
      const bordered = !isJoined(before) && !isJoined(after.charAt(0));
      const dressed = words !== '' && bordered ? dress(words, run.marks) : undefined;
      if (dressed) marked = true;
      out += `${lead}${dressed ?? disarm(words)}${trail}`;
    });
  });
  return marked ? { text: out, markup: 'whatsapp' } : { text: out };
}

const isJoined = (char: string): boolean => char !== '' && (WORD.test(char) || '*_~`'.includes(char));

function dress(words: string, marks: number): string | undefined {
  if (marks & MONO)
    return words.includes('```') || words.startsWith('`') || words.endsWith('`') ? undefined : `\`\`\`${words}\`\`\``;
  let text = disarmAll(words);
  if (marks & MARK.strike) text = `~${text}~`;
  if (marks & MARK.italic) text = `_${text}_`;
  if (marks & MARK.bold) text = `*${text}*`;
  return marks & STYLES ? text : undefined;
}

const LOOKALIKE: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼', '`': '｀' };
const PAIR = /(?<![\p{L}\p{N}*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;
const LINK = /(https?:\/\/\S+)/;

/** WhatsApp has no escape: a pair of characters that it would read as marks is written with look-alikes. Links stay as they are. */
export function disarm(text: string): string {
  if (!/[*_~`]/.test(text)) return text;
  return text
    .split(LINK)
    .map((piece, index) => {
      if (index % 2 === 1) return piece;
      let rest = piece;
      for (let match = PAIR.exec(rest); match; match = PAIR.exec(rest)) {
        const mark = LOOKALIKE[match[1]!]!;
        rest = `${rest.slice(0, match.index)}${mark}${match[2]}${mark}${rest.slice(match.index + match[0].length)}`;
      }
      return rest;
    })
    .join('');
}

/** Inside marks every such character is written with its look-alike, links apart: it could end the mark. */
const disarmAll = (text: string): string =>
  text
    .split(LINK)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[*_~`]/g, (mark) => LOOKALIKE[mark]!)))
    .join('');

/** Our web chat's Markdown: what `parseMarkdown` reads back as the same runs. */
function writeMarkdown(rich: Rich): string {
  let out = '';
  rich.runs.forEach((run, index) => {
    if (run.marks === 0 && !run.link) {
      out += escapeMarkdown(run.text, out);
      return;
    }
    const next = rich.runs[index + 1]?.text.charAt(0) ?? '';
    const alone = (out === '' || out.endsWith('\n')) && (next === '' || next === '\n');
    if (run.marks & MARK.pre && alone && !run.text.includes('```')) {
      out += `\`\`\`\n${run.text}\n\`\`\``;
      return;
    }
    run.text.split(/(\n+)/).forEach((line, i, lines) => {
      if (i % 2 === 1 || line.trim() === '') {
        out += line;
        return;
      }
      const words = line.trim();
      const lead = line.slice(0, line.indexOf(words));
      const trail = line.slice(lead.length + words.length);
      const follows = trail.charAt(0) || lines[i + 1]?.charAt(0) || next;
      out += lead;
      out += dressMarkdown(words, run, out.slice(-1), follows) + trail;
    });
  });
  return out;
}

function dressMarkdown(words: string, run: Run, before: string, after: string): string {
  let text: string;
  if (run.marks & MONO) {
    const longest = Math.max(0, ...(words.match(/`+/g) ?? []).map((ticks) => ticks.length));
    const fence = '`'.repeat(longest + 1);
    const pad = words.startsWith('`') || words.endsWith('`') ? ' ' : '';
    if (before === '`' || after === '`') return escapeMarkdown(words, before);
    text = `${fence}${pad}${words}${pad}${fence}`;
  } else text = escapeMarkdown(words, before);
  // Two marks side by side would be read as one longer mark: then the words go bare.
  const clear = !'*~_'.includes(before || ' ') && !'*~_'.includes(after || ' ');
  if (clear && run.marks & MARK.strike) text = `~~${text}~~`;
  if (clear && run.marks & MARK.italic) text = run.marks & MARK.bold ? `_${text}_` : `*${text}*`;
  if (clear && run.marks & MARK.bold) text = `**${text}**`;
  return run.link
    ? `[${text}](${run.link.replace(/[()<>\s\\]/g, encodeURIComponent).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))})`
    : text;
}

/** A backslash before whatever Markdown would read, and only there; bare links are read as they stand. */
const escapeMarkdown = (text: string, before: string): string =>
  text
    .split(BARE_LINKS)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[\\`*_~[\]<]/g, '\\$&')))
    .join('')
    .replace(/^( {0,3})(#{1,6}\s|[*+]\s)/gm, (whole, indent: string, rest: string, at: number) =>
      at > 0 || before === '' || before.endsWith('\n') ? `${indent}\\${rest}` : whole,
    );
