import { isSafeLink, MARK, parseMarkdown, type Run } from '@tributary/protocol';
import { h } from './dom.ts';

const TAGS = [
  [MARK.bold, 'strong'],
  [MARK.italic, 'em'],
  [MARK.strike, 's'],
  [MARK.code, 'code'],
  [MARK.pre, 'pre'],
] as const;
const BARE_LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/;

/** Words as nodes: Markdown where the frame says so, else as they stand. Addresses become links either way. */
export function richText(text: string, format: 'markdown' | undefined): Node[] {
  const runs: Run[] = format === 'markdown' ? parseMarkdown(text).runs : [{ text, marks: 0 }];
  return runs.flatMap(nodesOf);
}

function nodesOf(run: Run): Node[] {
  const isCode = (run.marks & (MARK.code | MARK.pre)) !== 0;
  const nodes: Node[] = run.link
    ? [linkTo(run.link, run.text)]
    : isCode
      ? [document.createTextNode(run.text)]
      : linked(run.text);
  return nodes.map((node) => TAGS.reduce((inner, [mark, tag]) => (run.marks & mark ? h(tag, {}, inner) : inner), node));
}

function linked(text: string): Node[] {
  return text.split(BARE_LINK).flatMap((piece, index) => {
    if (piece === '') return [];
    return [index % 2 === 1 ? linkTo(piece, piece) : document.createTextNode(piece)];
  });
}

/** A link out of the page; words alone where the address is not one a visitor should be sent to. */
export function linkTo(url: string, text: string, className?: string): Node {
  if (!isSafeLink(url)) return document.createTextNode(text);
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', class: className }, text);
}

/** An http address, for pictures and files. */
export const httpUrl = (url: string | undefined): string | undefined =>
  url && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : undefined;
