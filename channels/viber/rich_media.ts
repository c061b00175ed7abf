import type { Card } from '@tributary/protocol';
import { type Button, isAnswer, isLink, type Key, lineOf, toAct, toLabel } from './keyboard.ts';
import { standingBody } from './taps.ts';

/** Rich media came with this version. */
export const RICH_MEDIA_VERSION = 7;
const PICTURE_ROWS = 3;
const WORDS_ROWS = 2;

/** Cards side by side: one block of six columns each, all of the same height, a picture above words above buttons. */
export function richMediaOf(cards: readonly Card[]) {
  const rows = Math.max(...cards.map((card) => pictureRows(card) + WORDS_ROWS + buttonsOf(card).length));
  return {
    rich_media: {
      Type: 'rich_media',
      ButtonsGroupColumns: 6,
      ButtonsGroupRows: rows,
      BgColor: '#FFFFFF',
      Buttons: cards.flatMap((card) => blockOf(card, rows)),
    },
    // What apps show that know no rich media, and the list of chats: every word of it.
    alt_text: cards.map(cardText).join('\n\n'),
  };
}

const pictureRows = (card: Card): number => (card.media?.url ? PICTURE_ROWS : 0);
const buttonsOf = (card: Card): Key[] =>
  (card.actions ?? []).filter(
    (action): action is Exclude<Key, { type: 'location_request' }> => isAnswer(action) || isLink(action),
  );

/** The words take what room picture and buttons leave. */
function blockOf(card: Card, rows: number): Button[] {
  const buttons = buttonsOf(card);
  const words = rows - pictureRows(card) - buttons.length;
  const cell = { Columns: 6, ActionType: 'none', ActionBody: 'none' } as const;
  const aligned = { TextSize: 'regular', TextHAlign: 'left' } as const;
  const title: Button = {
    ...cell,
    Rows: card.text ? 1 : words,
    Text: bold(toLabel(card.title)),
    TextVAlign: card.text ? 'bottom' : 'middle',
    ...aligned,
  };
  return [
    ...(card.media?.url ? [{ ...cell, Rows: PICTURE_ROWS, Image: card.media.url }] : []),
    title,
    ...(card.text
      ? [{ ...cell, Rows: words - 1, Text: toLabel(card.text), TextVAlign: 'top' as const, ...aligned }]
      : []),
    ...buttons.map((action) => ({
      Columns: 6,
      Rows: 1,
      ...toAct(action, isAnswer(action) ? standingBody(action) : undefined),
      Text: toLabel(action.text),
      TextSize: 'regular' as const,
      BgColor: '#EFEFFB',
    })),
  ];
}

/** Bold where the tags still fit. */
const bold = (html: string): string => (html.length <= 250 - '<b></b>'.length ? `<b>${html}</b>` : html);

const cardText = (card: Card): string =>
  [
    card.title,
    card.text,
    ...(card.actions ?? []).map((action) => (isAnswer(action) ? `• ${action.text}` : lineOf(action))),
  ]
    .filter(Boolean)
    .join('\n');
