import type { PhoneMessage } from '../control.ts';

type Runs = NonNullable<PhoneMessage['entities']>;

const marks: Record<string, Runs[number]['type']> = { '*': 'bold', _: 'italic', '~': 'strike', '`': 'code' };
const span = /```([\s\S]+?)```|(?<![\p{L}\p{N}])([*_~`])(?=\S)([^\n]*?\S)\2(?![\p{L}\p{N}])/u;
const link = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;

/** WhatsApp's own marks, drawn as the phone draws them: `*bold*`, `_italic_`, `~strike~`, backticks. Marks that do not enclose a word stay text. */
export function drawMarkup(source: string): Pick<PhoneMessage, 'text' | 'entities'> {
  const runs: Runs = [];
  const text = read(source, 0, runs);
  for (const match of text.matchAll(link)) {
    runs.push({ type: 'link', offset: match.index, length: match[0].length, url: match[0] });
  }
  return runs.length > 0 ? { text, entities: runs } : { text };
}

function read(source: string, at: number, runs: Runs): string {
  let out = '';
  let rest = source;
  for (let match = span.exec(rest); match; match = span.exec(rest)) {
    out += rest.slice(0, match.index);
    const fenced = match[1];
    const type = fenced === undefined ? marks[match[2]!]! : 'code';
    const inner = fenced ?? match[3]!;
    const run: Runs[number] = { type, offset: at + out.length, length: 0 };
    runs.push(run);
    const shown = type === 'code' ? inner : read(inner, at + out.length, runs);
    run.length = shown.length;
    out += shown;
    rest = rest.slice(match.index + match[0].length);
  }
  return out + rest;
}
