import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Something of a document that can be held against the platform. Its name is the document and the heading it stands under. */
export interface Block {
  name: string;
  document: string;
  line: number;
  /** What the fence says; `plain` where it says nothing. */
  kind: 'json' | 'bash' | 'typescript' | 'plain' | 'table' | 'sentence';
  text: string;
}

/** The documents, each with the hash of the page as it was given: a specification is not mended to suit the product. */
export const DOCUMENTS: Record<string, string> = {
  'smooch-introduction': 'a0e1dd73f1dd951d044aee209f35b28d6a97a8abc931a671fcf5fedf952be0ce',
  'linktor-overview': 'ab7ee431b88c0d8ed6c79a16e49599c931222e506a23d8fe6ddb1c7dd52f3ae4',
  'smooch-linking': 'c93787dd689cc85999f1dbad722e8653c1efd8e36028326fb86ccc9b0aba1324',
};

/** A document's text. */
export const readText = (document: string): string =>
  readFileSync(new URL(`documents/${document}.md`, import.meta.url), 'utf8');

/** The hash of a document as it lies here. */
export const hashOf = (document: string): string => createHash('sha256').update(readText(document)).digest('hex');

/** Every fenced block and every table of a document, in order. A second one under the same heading is called `… (2)`. */
export function readBlocks(document: string): Block[] {
  const blocks: Block[] = [];
  const lines = readText(document).split('\n');
  let heading = '';
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    heading = /^#+ (.+)$/.exec(line)?.[1] ?? heading;
    const fence = /^\s*```(\w*)\s*$/.exec(line);
    if (!fence && !line.startsWith('|')) continue;
    let end = at + 1;
    while (end < lines.length && (fence ? !/^\s*```\s*$/.test(lines[end]!) : lines[end]!.startsWith('|'))) end++;
    if (fence && end === lines.length) throw new Error(`A block of ${document} at line ${at + 1} never ends.`);
    const base = `${document}: ${heading}`;
    const before = blocks.filter(({ name }) => name === base || name.startsWith(`${base} (`)).length;
    blocks.push({
      name: before === 0 ? base : `${base} (${before + 1})`,
      document,
      line: at + 1,
      kind: fence ? kindOf(fence[1]!) : 'table',
      text: lines.slice(fence ? at + 1 : at, end).join('\n'),
    });
    at = fence ? end : end - 1;
  }
  return blocks;
}

function kindOf(word: string): Block['kind'] {
  if (word === '') return 'plain';
  if (word === 'json' || word === 'bash' || word === 'typescript') return word;
  throw new Error(`Nobody has said how a block of “${word}” is executed.`);
}

/** A table's rows, each by the titles of its columns. */
export function readTable(block: Block): Record<string, string>[] {
  const [titles, , ...rows] = block.text.split('\n').map((line) =>
    line
      .replace(/^\||\|\s*$/g, '')
      .split('|')
      .map((cell) => cell.trim()),
  );
  return rows.map((cells) => Object.fromEntries(titles!.map((title, at) => [title, cells[at] ?? ''])));
}

/** The boxes in the first row of a diagram, and the arrows between them. */
export function readDiagram(block: Block): { boxes: string[]; arrows: string[] } {
  const rows = block.text
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) => line.split('│').map((cell) => cell.trim()));
  const joined = rows[0]!.map((_, at) =>
    rows
      .map((row) => row[at] ?? '')
      .filter(Boolean)
      .join(' ')
      .replace('/ ', '/'),
  );
  return {
    boxes: joined.filter((_, at) => at % 2 === 1),
    arrows: joined.filter((_, at) => at % 2 === 0).filter(Boolean),
  };
}
