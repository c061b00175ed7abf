import type { Capabilities } from '../capability.ts';
import type { Content } from '../content.ts';
import type { FitOptions, Fitted } from '../fit.ts';
import { fitCard, fitCarousel } from './card.ts';
import { fitMedia, withFiles } from './files.ts';
import { fitContact, fitEmail, fitList, fitLocation, fitNote, fitReaction, fitSticker, fitTemplate } from './kinds.ts';
import { read } from './lay.ts';
import { Page } from './page.ts';
import { speak } from './speak.ts';

/** Fits content of any kind: see `fit`. */
export function fitAny(content: Content, capabilities: Capabilities, options: FitOptions): Fitted {
  const page = new Page(capabilities, options);
  const sound = wellFormed(content);
  if (sound !== content)
    page.lose('characters_replaced', 'carries whole characters only; broken ones became “\ufffd”.');
  fitKind(page, sound);
  if (capabilities.buttons.numbered) for (const { content: part } of [...page.fitted.parts]) numberAnswers(page, part);
  return page.fitted;
}

function fitKind(page: Page, content: Content): void {
  switch (content.type) {
    case 'text':
      withFiles(page, content, () => speak(page, read(page, content.text, content.format), content.actions));
      break;
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      fitMedia(page, content);
      break;
    case 'sticker':
      fitSticker(page, content);
      break;
    case 'location':
      withFiles(page, content, () => fitLocation(page, content));
      break;
    case 'contact':
      fitContact(page, content);
      break;
    case 'card':
      fitCard(page, content);
      break;
    case 'carousel':
      withFiles(page, content, () => fitCarousel(page, content));
      break;
    case 'list':
      fitList(page, content);
      break;
    case 'template':
      fitTemplate(page, content);
      break;
    case 'reaction':
      fitReaction(page, content);
      break;
    case 'email':
      fitEmail(page, content);
      break;
    case 'event':
    case 'unsupported':
      fitNote(page, content);
      break;
  }
}

/** Gives the next numbers to the answers that stay buttons or rows: their channel writes them out itself. */
function numberAnswers(page: Page, content: Content): void {
  const actions = 'actions' in content ? (content.actions ?? []) : [];
  const onCards = content.type === 'carousel' ? content.cards.flatMap((card) => card.actions ?? []) : [];
  for (const action of [...onCards, ...actions])
    if (action.type === 'reply' || action.type === 'postback') page.number(action.text, action.payload);
  if (content.type === 'list')
    for (const row of content.sections.flatMap((section) => section.rows)) page.number(row.title, row.payload);
}

/** The content with whole characters only: half a surrogate pair, which no provider takes, becomes U+FFFD. The same object where nothing is broken. */
function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return (value.isWellFormed() ? value : value.toWellFormed()) as T;
  if (Array.isArray(value)) {
    const items = value.map(wellFormed);
    return items.some((item, i) => item !== value[i]) ? (items as T) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, item, wellFormed(item)] as const);
  return entries.some(([, item, sound]) => item !== sound)
    ? (Object.fromEntries(entries.map(([key, , sound]) => [key, sound])) as T)
    : value;
}
