import type { Action, Card, Content } from '../content.ts';
import { parseHtml } from '../fit/html.ts';
import { parseMarkdown } from '../fit/markdown.ts';
import { textOf, writeOutLinks } from '../fit/rich.ts';
import type { MessagePart } from '../fit.ts';

/** What a reader must still find somewhere after fitting: every text of a content, links and numbers among them. */
export function textsOf(content: Content): string[] {
  const found: (string | undefined)[] = [];
  const action = (one: Action): void => {
    found.push(one.text);
    if (one.type === 'link') found.push(one.url);
    if (one.type === 'webview') found.push(one.fallback ?? one.url);
    if (one.type === 'call') found.push(one.phone);
  };
  const card = (one: Card): void => {
    found.push(one.title, one.text);
    one.actions?.forEach(action);
  };
  switch (content.type) {
    case 'text':
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      found.push(visible(content.text ?? '', content.format));
      break;
    case 'location':
      found.push(content.text, content.location.name, content.location.address);
      break;
    case 'contact':
      for (const { name, phones = [], emails = [], organization } of content.contacts)
        found.push(name, organization, ...phones, ...emails);
      break;
    case 'card':
      card(content);
      break;
    case 'carousel':
      found.push(content.text);
      content.cards.forEach(card);
      break;
    case 'list':
      // What opens the list is furniture, of use only where there is one.
      found.push(content.text, content.header, content.footer);
      for (const { title, rows } of content.sections)
        found.push(title, ...rows.flatMap((row) => [row.title, row.description]));
      break;
    case 'sticker':
      found.push(content.emoji);
      break;
    case 'email':
      found.push(content.subject, content.html === undefined ? content.text : visible(content.html, 'html'));
      break;
    case 'template':
    case 'event':
    case 'unsupported':
      found.push(content.text);
      break;
    case 'reaction':
      break;
  }
  // As they are read: a word that goes on in the next part is not interrupted by the buttons under it.
  if ('actions' in content) content.actions?.forEach(action);
  return found.filter((text): text is string => text !== undefined && text.trim() !== '');
}

/** The words as a reader sees them, with the targets of links. */
export function visible(text: string, format?: 'plain' | 'markdown' | 'html'): string {
  if (format === 'html') return textOf(writeOutLinks(parseHtml(text)));
  return format === 'markdown' ? textOf(writeOutLinks(parseMarkdown(text))) : text;
}

const WORD = /[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+/gu;

/**
 * The words of a content that its parts have lost. A word may be torn between two parts only where it is longer than a part; marks, white
 * space and punctuation do not count.
 */
export function lostWords(content: Content, parts: readonly MessagePart[]): string[] {
  const texts = parts.flatMap((part) => textsOf(part.content));
  const kept = new Set(texts.flatMap((text) => text.toWellFormed().match(WORD) ?? []));
  const joined = parts.map((part) => letters(textsOf(part.content).join(''))).join('');
  return textsOf(content)
    .flatMap((text) => text.toWellFormed().match(WORD) ?? [])
    .filter((word) => !kept.has(word) && !joined.includes(word));
}

const letters = (text: string): string => (text.toWellFormed().match(WORD) ?? []).join('');
