import { byteOffset, cannotParse, type Entity, type Formatted, linkEntity } from './runs.ts';

type Kind =
  | 'Bold'
  | 'Italic'
  | 'Underline'
  | 'Strikethrough'
  | 'Spoiler'
  | 'Code'
  | 'Pre'
  | 'PreCode'
  | 'TextUrl'
  | 'CustomEmoji';
interface Open {
  kind: Kind;
  at: number;
  from: number;
  language?: string;
}

const types: Partial<Record<Kind, string>> = {
  Bold: 'bold',
  Italic: 'italic',
  Underline: 'underline',
  Strikethrough: 'strikethrough',
  Spoiler: 'spoiler',
  Code: 'code',
};
const reserved = '_*[]()~`>#+-=|{}.!';
const inCode = (open: Open | undefined) => open?.kind === 'Code' || open?.kind === 'Pre' || open?.kind === 'PreCode';
const reservedError = (c: string) =>
  cannotParse(`Character '${c}' is reserved and must be escaped with the preceding '\\'`);

/** MarkdownV2: nested, strict; every reserved character outside its use must be escaped. */
export function parseMarkdownV2(text: string): Formatted {
  const entities: Entity[] = [];
  const open: Open[] = [];
  let result = '';
  let quoteFrom = -1;
  let expandable = false;
  let lineStart = true;

  const closeQuote = (at: number, to: number) => {
    const inside = open.at(-1);
    if (inside) throw unclosed(text, inside);
    if (to > quoteFrom) {
      entities.push({
        type: expandable ? 'expandable_blockquote' : 'blockquote',
        offset: quoteFrom,
        length: to - quoteFrom,
      });
    }
    quoteFrom = -1;
    expandable = false;
    return at;
  };

  let i = 0;
  while (i < text.length) {
    const c = text[i]!;
    if (lineStart && !inCode(open.at(-1))) {
      lineStart = false;
      const marker = text.startsWith('**>', i) ? 3 : c === '>' ? 1 : 0;
      if (quoteFrom >= 0 && marker !== 1) closeQuote(i, result.length);
      if (marker > 0) {
        if (quoteFrom < 0 && open.length > 0) throw reservedError('>');
        if (quoteFrom < 0) quoteFrom = result.length;
        if (marker === 3) expandable = true;
        i += marker;
        continue;
      }
    }
    if (c === '\n' || c === '\r') lineStart = true;
    if (c === '\\' && i + 1 < text.length && text.charCodeAt(i + 1) <= 126) {
      result += text[i + 1];
      i += 2;
      continue;
    }
    const top = open.at(-1);
    if (!(inCode(top) ? c === '`' : reserved.includes(c))) {
      result += c;
      i++;
      continue;
    }
    if (top && ends(top.kind, text, i)) {
      open.pop();
      i = close(entities, top, text, i, result);
      continue;
    }
    if (inCode(top)) {
      result += c;
      i++;
      continue;
    }
    // The closing mark of an expandable quotation stands at its end.
    if (quoteFrom >= 0 && open.length === 0 && text.startsWith('||', i) && /^[\r\n]?$/.test(text[i + 2] ?? '')) {
      expandable = true;
      i += 2;
      continue;
    }
    const begun = begin(text, i, result.length);
    open.push(begun.open);
    i = begun.next;
  }
  const last = open.at(-1);
  if (last) throw unclosed(text, last);
  if (quoteFrom >= 0) closeQuote(i, result.length);
  return { text: result, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}

const unclosed = (text: string, open: Open) =>
  cannotParse(`Can't find end of ${open.kind} entity at byte offset ${byteOffset(text, open.at)}`);

function ends(kind: Kind, text: string, i: number): boolean {
  switch (kind) {
    case 'Bold':
      return text[i] === '*';
    case 'Italic':
      return text[i] === '_' && text[i + 1] !== '_';
    case 'Underline':
      return text.startsWith('__', i);
    case 'Strikethrough':
      return text[i] === '~';
    case 'Spoiler':
      return text.startsWith('||', i);
    case 'Code':
      return text[i] === '`';
    case 'Pre':
    case 'PreCode':
      return text.startsWith('```', i);
    default:
      return text[i] === ']';
  }
}

function begin(text: string, i: number, from: number): { open: Open; next: number } {
  const started = (kind: Kind, width: number): { open: Open; next: number } => ({
    open: { kind, at: i, from },
    next: i + width,
  });
  switch (text[i]) {
    case '_':
      return text[i + 1] === '_' ? started('Underline', 2) : started('Italic', 1);
    case '*':
      return started('Bold', 1);
    case '~':
      return started('Strikethrough', 1);
    case '|':
      if (text[i + 1] === '|') return started('Spoiler', 2);
      throw reservedError('|');
    case '[':
      return started('TextUrl', 1);
    case '!':
      if (text[i + 1] === '[') return started('CustomEmoji', 2);
      throw reservedError('!');
    case '`': {
      if (!text.startsWith('```', i)) return started('Code', 1);
      let next = i + 3;
      const word = /^[^\s`]+(?=\s)/.exec(text.slice(next))?.[0];
      if (word) next += word.length;
      // One line break after the fence belongs to the fence.
      next += /^(?:\r\n|\n\r|\r|\n)/.exec(text.slice(next))?.[0].length ?? 0;
      return { open: { kind: word ? 'PreCode' : 'Pre', at: i, from, ...(word ? { language: word } : {}) }, next };
    }
    default:
      throw reservedError(text[i]!);
  }
}

/** Ends an entity; answers where the text goes on. */
function close(entities: Entity[], { kind, from, language }: Open, text: string, i: number, result: string): number {
  const length = result.length - from;
  if (kind === 'TextUrl' || kind === 'CustomEmoji') {
    let url = result.slice(from);
    let next = i + 1;
    if (text[next] === '(') {
      const read = readUrl(text, next + 1, kind === 'CustomEmoji' ? 'custom emoji URL' : 'URL');
      url = read.url;
      next = read.next;
    } else if (kind === 'CustomEmoji') throw cannotParse('Custom emoji entity must contain a tg://emoji URL');
    if (kind === 'CustomEmoji') {
      const id = /^tg:(?:\/\/)?emoji\/?\?(?:[^#]*&)?id=([1-9]\d*)/i.exec(url)?.[1];
      if (!id) throw cannotParse('Custom emoji URL must have an emoji identifier');
      entities.push({ type: 'custom_emoji', offset: from, length, custom_emoji_id: id });
    } else {
      const link = length > 0 ? linkEntity(url, from, length) : undefined;
      if (link) entities.push(link);
    }
    return next;
  }
  if (length > 0) {
    if (kind === 'Pre' || kind === 'PreCode') {
      entities.push({ type: 'pre', offset: from, length, ...(language ? { language } : {}) });
    } else entities.push({ type: types[kind]!, offset: from, length });
  }
  return i + (kind === 'Underline' || kind === 'Spoiler' ? 2 : kind === 'Pre' || kind === 'PreCode' ? 3 : 1);
}

function readUrl(text: string, from: number, name: string): { url: string; next: number } {
  let url = '';
  let i = from;
  while (i < text.length && text[i] !== ')') {
    if (text[i] === '\\' && i + 1 < text.length && text.charCodeAt(i + 1) <= 126) i++;
    url += text[i++];
  }
  if (text[i] !== ')') throw cannotParse(`Can't find end of a ${name} at byte offset ${byteOffset(text, from)}`);
  return { url, next: i + 1 };
}

/** The old Markdown: no nesting, four marks. */
export function parseMarkdown(text: string): Formatted {
  const entities: Entity[] = [];
  let result = '';
  let i = 0;
  while (i < text.length) {
    const c = text[i]!;
    if (c === '\\' && '_*`['.includes(text[i + 1] ?? ' ')) {
      result += text[i + 1];
      i += 2;
      continue;
    }
    if (!'_*`['.includes(c)) {
      result += c;
      i++;
      continue;
    }
    const mark = text.startsWith('```', i) ? '```' : c;
    const start = i + mark.length;
    const end = text.indexOf(c === '[' ? ']' : mark, start);
    if (end < 0) throw cannotParse(`Can't find end of the entity starting at byte offset ${byteOffset(text, i)}`);
    let inner = text.slice(start, end);
    const offset = result.length;
    let next = end + mark.length;
    if (c === '[') {
      if (text[next] === '(') {
        const stop = text.indexOf(')', next);
        if (stop < 0) throw cannotParse(`Can't find end of the entity starting at byte offset ${byteOffset(text, i)}`);
        const link = inner ? linkEntity(text.slice(next + 1, stop), offset, inner.length) : undefined;
        if (link) entities.push(link);
        next = stop + 1;
      }
    } else if (mark === '```') {
      const language = /^[^\s`]+(?=\n)/.exec(inner)?.[0];
      inner = inner.slice(language?.length ?? 0).replace(/^\n/, '');
      if (inner) entities.push({ type: 'pre', offset, length: inner.length, ...(language ? { language } : {}) });
    } else if (inner) {
      entities.push({ type: c === '_' ? 'italic' : c === '*' ? 'bold' : 'code', offset, length: inner.length });
    }
    result += inner;
    i = next;
  }
  return { text: result, entities };
}
