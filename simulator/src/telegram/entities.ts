import { badRequest } from './error.ts';
import { parseHtml } from './html.ts';
import { parseMarkdown, parseMarkdownV2 } from './markdown.ts';
import type { Entity, Formatted } from './runs.ts';

/** Text as it will be read: markup parsed, ends trimmed, links found. */
export function format(text: string, parseMode: string | undefined, given: Entity[] | undefined): Formatted {
  const mode = parseMode?.toLowerCase();
  let parsed: Formatted;
  if (!mode || mode === 'none') parsed = { text, entities: checkGiven(text, given) };
  else if (mode === 'html') parsed = parseHtml(text);
  else if (mode === 'markdownv2') parsed = parseMarkdownV2(text);
  else if (mode === 'markdown') parsed = parseMarkdown(text);
  else throw badRequest('unsupported parse_mode');
  return findLinks(trim(parsed));
}

function checkGiven(text: string, given: Entity[] | undefined): Entity[] {
  if (!given) return [];
  for (const { offset, length } of given) {
    if (offset < 0 || offset > text.length)
      throw badRequest('entity begins in a middle of a UTF-16 symbol or after the end of the text');
    if (length < 0 || offset + length > text.length) throw badRequest('entity ends after the end of the text');
  }
  return given.filter(({ length }) => length > 0);
}

function trim({ text, entities }: Formatted): Formatted {
  const cut = text.length - text.trimStart().length;
  const kept = text.trim();
  if (kept.length === text.length) return { text, entities };
  const moved = entities
    .map((entity) => {
      const from = Math.max(0, entity.offset - cut);
      const to = Math.min(kept.length, entity.offset + entity.length - cut);
      return { ...entity, offset: from, length: to - from };
    })
    .filter(({ length }) => length > 0);
  return { text: kept, entities: moved };
}

const links = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;

function findLinks(formatted: Formatted): Formatted {
  const { text, entities } = formatted;
  if (!text.includes('://')) return formatted;
  const found: Entity[] = [];
  for (const match of text.matchAll(links)) {
    const offset = match.index;
    const length = match[0].length;
    if (!entities.some((entity) => entity.offset < offset + length && offset < entity.offset + entity.length)) {
      found.push({ type: 'url', offset, length });
    }
  }
  return found.length > 0 ? { text, entities: [...entities, ...found].sort((a, b) => a.offset - b.offset) } : formatted;
}
