import type { Action, Card, ContentOf } from '../content.ts';
import { read } from './lay.ts';
import { within } from './measure.ts';
import { kindOf, takes } from './media.ts';
import { countOfLabels, isNative, PAYLOAD_KEY_LENGTH, type Page } from './page.ts';
import { join, MARK, plain } from './rich.ts';
import { speak, speakMedia } from './speak.ts';

/** A card: the channel's own where it has cards (`full`) and this one fits; else a picture, its words and its buttons. */
export function fitCard(page: Page, card: Card): void {
  const { card: feature } = page.can;
  const countAs = countOfLabels(page.can);
  const buttonsMax = feature.buttonsMax ?? page.can.buttons.max;
  const actions = feature.out === 'full' ? cardActions(page, card.actions ?? [], buttonsMax) : undefined;
  const whole =
    actions !== undefined &&
    within(card.title, feature.titleMax, countAs) &&
    within(card.text ?? '', feature.textMax, countAs) &&
    (!card.media || takes(page.can[kindOf(card.media)], card.media));
  if (whole) {
    page.part({ type: 'card', ...card, ...(card.actions ? { actions } : {}) });
    return;
  }
  page.lose(
    'card_to_parts',
    page.can.card.out === 'full'
      ? 'has cards, but not as large as this; it became a message.'
      : 'has no cards; it became a message.',
  );
  sayCard(page, card);
}

function sayCard(page: Page, card: Card): void {
  const words = join('\n', plain(card.title, MARK.bold), read(page, card.text));
  if (card.media) speakMedia(page, kindOf(card.media), card.media, words, card.actions);
  else speak(page, words, card.actions);
}

/** A carousel: the channel's own in one or more, else its cards one after the other, with choices numbered through the series. */
export function fitCarousel(page: Page, content: ContentOf<'carousel'>): void {
  const { carousel, text } = page.can;
  const cards = nativeCards(page, content.cards);
  const above = content.text ?? '';
  if (!cards) {
    page.lose(
      'carousel_to_cards',
      isNative(carousel.out)
        ? 'has carousels, but none that holds these cards; they follow one another.'
        : 'has no carousels; the cards follow one another.',
    );
    if (above && !content.actions?.length) speak(page, read(page, above));
    for (const card of content.cards) sayCard(page, card);
    if (content.actions?.length) speak(page, read(page, above), content.actions);
    return;
  }
  const inside =
    carousel.bodyMax !== undefined && within(above, carousel.bodyMax, text.countAs) && !content.actions?.length;
  if (above && !inside && !content.actions?.length) {
    page.lose('carousel_text_apart', 'shows no such text above a carousel; it comes first.');
    speak(page, read(page, above));
  }
  if (cards.length > 1)
    page.lose(
      'carousel_split',
      `shows at most ${carousel.cardsMax} cards side by side; they come in ${cards.length} carousels.`,
    );
  for (const [index, some] of cards.entries()) {
    page.part({ type: 'carousel', ...(inside && above && index === 0 ? { text: above } : {}), cards: some });
  }
  if (content.actions?.length) {
    page.lose('carousel_actions_apart', 'shows no buttons under a whole carousel; they follow it.');
    speak(page, read(page, above), content.actions);
  }
}

/** The cards in rows that the channel's carousel holds, or nothing where one of them does not fit. */
function nativeCards(page: Page, cards: readonly Card[]): Card[][] | undefined {
  const { carousel, buttons } = page.can;
  const countAs = countOfLabels(page.can);
  if (!isNative(carousel.out)) return undefined;
  const rows = inRows(cards, carousel.cardsMax ?? cards.length);
  const least = carousel.cardsMin ?? 1;
  if (rows.some((row) => row.length < least)) return undefined;
  const fitted: Card[] = [];
  for (const card of cards) {
    const buttonsMax = carousel.buttonsPerCardMax ?? buttons.max;
    const actions = cardActions(page, card.actions ?? [], buttonsMax, carousel.kinds, carousel.payloadMax);
    // Where cards have no title field, the title is the first line of the text.
    const untitled = carousel.cardTitleMax === 0;
    const body = untitled && card.text ? `${card.title}\n${card.text}` : untitled ? card.title : (card.text ?? '');
    if (!actions || !within(body, carousel.cardTextMax, countAs)) return undefined;
    if (!untitled && !within(card.title, carousel.cardTitleMax, countAs)) return undefined;
    if (card.media ? !takes(page.can[kindOf(card.media)], card.media) : carousel.mediaRequired) return undefined;
    fitted.push(card.actions ? { ...card, actions } : card);
  }
  if (!buttons.mixKinds && !isUniform(fitted)) return undefined;
  let next = 0;
  return rows.map((row) => row.map(() => fitted[next++]!));
}

/** As few rows as hold all cards, as even as can be: eleven cards of which ten fit are six and five, since a row may need two. */
function inRows<T>(cards: readonly T[], most: number): T[][] {
  const count = Math.ceil(cards.length / most);
  const size = Math.ceil(cards.length / count);
  return Array.from({ length: count }, (_, row) => cards.slice(row * size, (row + 1) * size)).filter(
    (row) => row.length > 0,
  );
}

/** Where kinds do not mix, all cards of a carousel have the same number of buttons of one kind, and files of one kind. */
function isUniform(cards: readonly Card[]): boolean {
  const shape = (card: Card): string =>
    `${card.media ? kindOf(card.media) : ''} ${(card.actions ?? []).map((action) => action.type).join(' ')}`;
  const kinds = new Set((cards[0]?.actions ?? []).map((action) => action.type));
  return kinds.size === 1 && new Set(cards.map(shape)).size === 1;
}

/** A card's actions in the channel's kinds, or nothing where they are too many, of other kinds or too long: a card has no other place for them. */
function cardActions(
  page: Page,
  actions: readonly Action[],
  max: number,
  only?: readonly Action['type'][],
  payloadMax = page.can.buttons.payloadMax,
): Action[] | undefined {
  if (actions.length === 0) return [];
  const { buttons } = page.can;
  const kinds = only ?? (isNative(buttons.out) ? buttons.kinds : []);
  if (actions.length > max) return undefined;
  if (buttons.linkMax !== undefined && actions.filter((action) => action.type === 'link').length > buttons.linkMax)
    return undefined;
  const fitted: Action[] = [];
  for (const action of actions) {
    const kind = kinds.includes(action.type)
      ? action.type
      : action.type === 'postback' && kinds.includes('reply')
        ? 'reply'
        : action.type === 'reply' && kinds.includes('postback')
          ? 'postback'
          : undefined;
    if (!kind || !within(action.text ?? '', buttons.titleMax, countOfLabels(page.can))) return undefined;
    if (action.type !== 'reply' && action.type !== 'postback') {
      fitted.push(action);
      continue;
    }
    const payload = action.payload ?? (kind === 'postback' ? action.text : undefined);
    if (payload !== undefined && payloadMax !== null && payloadMax < PAYLOAD_KEY_LENGTH && payload.length > payloadMax)
      return undefined;
    const kept = payload === undefined ? undefined : page.payload(payload, payloadMax);
    fitted.push(
      kind === action.type && kept === payload
        ? action
        : ({ type: kind, text: action.text, ...(kept === undefined ? {} : { payload: kept }) } as Action),
    );
  }
  const titles = new Set(fitted.map((action) => (action.text ?? '').trim().normalize('NFKC')));
  return buttons.uniqueTitles && titles.size < fitted.length ? undefined : fitted;
}
