import type { Card } from '@tributary/protocol';
import { type LineAction, toAction } from './actions.ts';
import type { LineMessage } from './messages.ts';

const TITLE_MAX = 40;
/** A column’s text, and the same beside a title or a picture. */
const COLUMN_TEXT_MAX = 120;
const BESIDE_MAX = 60;
/** A buttons template has more room than a column where it has neither. */
const BUTTONS_TEXT_MAX = 160;
const CARD_ACTIONS_MAX = 4;
const COLUMN_ACTIONS_MAX = 3;
const ALT_MAX = 1500;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const lengthOf = (text: string): number => [...graphemes.segment(text)].length;

/** What a template says in one card: its title is left out where there are no other words, for those must be there. */
interface Face {
  thumbnailImageUrl?: string;
  title?: string;
  text: string;
  actions: LineAction[];
}

function faceOf(card: Card): Face {
  return {
    ...(card.media?.url ? { thumbnailImageUrl: card.media.url } : {}),
    ...(card.text ? { title: card.title, text: card.text } : { text: card.title }),
    actions: (card.actions ?? []).flatMap((action) => toAction(action) ?? []),
  };
}

function isWithin(face: Face, textMax: number, actionsMax: number): boolean {
  const beside = face.title !== undefined || face.thumbnailImageUrl !== undefined;
  return (
    lengthOf(face.title ?? '') <= TITLE_MAX &&
    lengthOf(face.text) <= (beside ? BESIDE_MAX : textMax) &&
    face.actions.length > 0 &&
    face.actions.length <= actionsMax
  );
}

/** One card: a buttons template where it has room, else a bubble of Flex. */
export function sayCard(card: Card): LineMessage {
  const face = faceOf(card);
  if (!isWithin(face, BUTTONS_TEXT_MAX, CARD_ACTIONS_MAX)) return flex([card], bubbleOf(card));
  return { type: 'template', altText: altText([card]), template: { type: 'buttons', ...face } };
}

/** Cards side by side. Columns of a template must be alike: all with a picture or none, and the same number of buttons. */
export function sayCards(cards: readonly Card[]): LineMessage {
  const columns = cards.map(faceOf);
  const shapes = new Set(columns.map((one) => `${one.thumbnailImageUrl !== undefined} ${one.actions.length}`));
  const titled = new Set(columns.map((one) => one.title !== undefined));
  const alike = shapes.size === 1 && titled.size === 1;
  if (alike && columns.every((one) => isWithin(one, COLUMN_TEXT_MAX, COLUMN_ACTIONS_MAX))) {
    return { type: 'template', altText: altText(cards), template: { type: 'carousel', columns } };
  }
  return flex(cards, { type: 'carousel', contents: cards.map(bubbleOf) });
}

const flex = (cards: readonly Card[], contents: object): LineMessage => ({
  type: 'flex',
  altText: altText(cards),
  contents,
});

/** A picture above words above buttons, of any length and number. */
function bubbleOf(card: Card) {
  const { thumbnailImageUrl, actions } = faceOf(card);
  const words = [
    { type: 'text', text: card.title || '…', weight: 'bold', wrap: true },
    ...(card.text ? [{ type: 'text', text: card.text, wrap: true, size: 'sm', margin: 'md' }] : []),
  ];
  const buttons = actions.map((action) => ({ type: 'button', height: 'sm', action }));
  return {
    type: 'bubble',
    ...(thumbnailImageUrl
      ? { hero: { type: 'image', url: thumbnailImageUrl, size: 'full', aspectRatio: '20:13', aspectMode: 'cover' } }
      : {}),
    body: { type: 'box', layout: 'vertical', contents: words },
    ...(buttons.length > 0 ? { footer: { type: 'box', layout: 'vertical', contents: buttons } } : {}),
  };
}

/** What apps show that cannot draw it, and the notification. */
export function altText(cards: readonly Card[]): string {
  return cutAlt(cards.map((card) => [card.title, card.text].filter(Boolean).join('\n')).join('\n\n'));
}

/** At most 1500 characters, on a border of them. */
export function cutAlt(text: string): string {
  if (text.length <= ALT_MAX) return text || '…';
  let cut = '';
  for (const { segment } of graphemes.segment(text)) {
    if (cut.length + segment.length > ALT_MAX - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}
