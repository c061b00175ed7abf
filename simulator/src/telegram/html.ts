import { byteOffset, cannotParse, type Entity, type Formatted, linkEntity } from './runs.ts';

const tags: Record<string, string> = {
  a: 'text_link',
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  u: 'underline',
  ins: 'underline',
  span: 'spoiler',
  'tg-spoiler': 'spoiler',
  'tg-emoji': 'custom_emoji',
  pre: 'pre',
  code: 'code',
  blockquote: 'blockquote',
};

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const reference = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(lt|gt|amp|quot));?/y;

/** A character reference at this place: what it means, and its length in the source. */
function decode(text: string, index: number): { character: string; length: number } | undefined {
  reference.lastIndex = index;
  const match = reference.exec(text);
  if (!match) return undefined;
  if (match[3]) return { character: named[match[3]]!, length: match[0].length };
  const code = match[1] ? Number(match[1]) : Number.parseInt(match[2]!, 16);
  if (code === 0 || code > 0x10ffff) return undefined;
  return { character: String.fromCodePoint(code), length: match[0].length };
}

interface Open {
  tag: string;
  argument: string;
  from: number;
}

/** Telegram's HTML: a closed list of tags, every one closed, in order. */
export function parseHtml(text: string): Formatted {
  const entities: Entity[] = [];
  const open: Open[] = [];
  let result = '';
  let i = 0;
  while (i < text.length) {
    const c = text[i]!;
    if (c === '&') {
      const meant = decode(text, i);
      if (meant) {
        result += meant.character;
        i += meant.length;
        continue;
      }
    }
    if (c !== '<') {
      result += c;
      i++;
      continue;
    }
    const begin = i++;
    if (text[i] !== '/') {
      const started = startTag(text, begin);
      open.push({ tag: started.tag, argument: started.argument, from: result.length });
      i = started.end;
      continue;
    }
    const top = open.pop();
    if (!top) throw cannotParse(`Unexpected end tag at byte offset ${byteOffset(text, begin)}`);
    while (i < text.length && !/[\s>]/.test(text[i]!)) i++;
    const name = text.slice(begin + 2, i);
    while (i < text.length && /\s/.test(text[i]!)) i++;
    if (text[i] !== '>') throw cannotParse(`Unclosed end tag at byte offset ${byteOffset(text, begin)}`);
    if (name !== '' && name.toLowerCase() !== top.tag) {
      throw cannotParse(
        `Unmatched end tag at byte offset ${byteOffset(text, begin)}, expected "</${top.tag}>", found "</${name}>"`,
      );
    }
    i++;
    closeTag(entities, top, result);
  }
  const unclosed = open.at(-1);
  if (unclosed) throw cannotParse(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  return { text: result, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}

function startTag(text: string, begin: number): { tag: string; argument: string; end: number } {
  const at = () => byteOffset(text, begin);
  let i = begin + 1;
  while (i < text.length && !/[\s>]/.test(text[i]!)) i++;
  if (i >= text.length) throw cannotParse(`Unclosed start tag at byte offset ${at()}`);
  const tag = text.slice(begin + 1, i).toLowerCase();
  if (!Object.hasOwn(tags, tag)) throw cannotParse(`Unsupported start tag "${tag}" at byte offset ${at()}`);
  let argument = '';
  while (text[i] !== '>') {
    while (i < text.length && /\s/.test(text[i]!)) i++;
    if (text[i] === '>') break;
    const nameFrom = i;
    while (i < text.length && !/[\s=>]/.test(text[i]!)) i++;
    const name = text.slice(nameFrom, i);
    if (i >= text.length) throw cannotParse(`Unclosed start tag at byte offset ${at()}`);
    if (name === '') throw cannotParse(`Empty attribute name in the tag "${tag}" at byte offset ${at()}`);
    while (i < text.length && /\s/.test(text[i]!)) i++;
    let value = '';
    if (text[i] === '=') {
      i++;
      while (i < text.length && /\s/.test(text[i]!)) i++;
      const quote = text[i];
      if (quote === '"' || quote === "'") {
        i++;
        while (i < text.length && text[i] !== quote) {
          const meant = text[i] === '&' ? decode(text, i) : undefined;
          value += meant ? meant.character : text[i];
          i += meant ? meant.length : 1;
        }
        i++;
      } else {
        const from = i;
        while (i < text.length && /[\w.-]/.test(text[i]!)) i++;
        value = text.slice(from, i).toLowerCase();
        if (i < text.length && !/[\s>]/.test(text[i]!)) {
          throw cannotParse(`Unexpected end of name token at byte offset ${byteOffset(text, from)}`);
        }
      }
      if (i >= text.length) throw cannotParse(`Unclosed start tag at byte offset ${at()}`);
    } else if (tag !== 'blockquote') {
      // Only blockquote has an attribute that needs no value.
      throw cannotParse(
        `Expected equal sign in declaration of an attribute of the tag "${tag}" at byte offset ${at()}`,
      );
    }
    if (tag === 'a' && name === 'href') argument = value;
    else if (tag === 'code' && name === 'class' && value.startsWith('language-')) argument = value.slice(9);
    else if (tag === 'span' && name === 'class' && value.startsWith('tg-')) argument = value.slice(3);
    else if (tag === 'tg-emoji' && name === 'emoji-id') argument = value;
    else if (tag === 'blockquote' && name === 'expandable') argument = 'expandable';
  }
  if (tag === 'span' && argument !== 'spoiler') {
    throw cannotParse(`Tag "span" must have class "tg-spoiler" at byte offset ${at()}`);
  }
  return { tag, argument, end: i + 1 };
}

function closeTag(entities: Entity[], { tag, argument, from }: Open, result: string): void {
  const length = result.length - from;
  if (length === 0) return;
  const entity: Entity = { type: tags[tag]!, offset: from, length };
  if (tag === 'a') {
    const link = linkEntity(argument || result.slice(from), from, length);
    if (link) entities.push(link);
    return;
  }
  if (tag === 'tg-emoji') {
    if (!/^[1-9]\d*$/.test(argument)) throw cannotParse('Invalid custom emoji identifier specified');
    entity.custom_emoji_id = argument;
  }
  if (tag === 'blockquote' && argument) entity.type = 'expandable_blockquote';
  const same = entities.findIndex((other) => other.offset === from && other.length === length);
  const inner = same >= 0 ? entities[same] : undefined;
  // <pre><code class="language-x"> is one block with a language, whichever of the two is outside.
  if (tag === 'code' && argument) entity.language = argument;
  if (inner && ((tag === 'pre' && inner.type === 'code') || (tag === 'code' && inner.type === 'pre'))) {
    const language = entity.language ?? inner.language;
    entities[same] = { type: 'pre', offset: from, length, ...(language ? { language } : {}) };
    return;
  }
  entities.push(entity);
}
