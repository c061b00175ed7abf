import type { Card } from '@tributary/protocol';
import { toOutboundFile } from './files.ts';
import type { CardContent, ContentMessage, Suggestion } from './payloads.ts';
import { toSuggestion } from './suggestions.ts';

/** One card, with chips below the message perhaps. */
export function withCard(cardContent: CardContent, chips: readonly Suggestion[] = []): ContentMessage {
  return {
    richCard: { standaloneCard: { cardOrientation: 'VERTICAL', cardContent } },
    ...(chips.length > 0 ? { suggestions: [...chips] } : {}),
  };
}

/** A card as its author laid it out: all its buttons are on it. */
export function cardMessage(card: Card): ContentMessage {
  return withCard(toCardContent(card));
}

/** Cards side by side. */
export function carouselMessage(cards: readonly Card[]): ContentMessage {
  return { richCard: { carouselCard: { cardWidth: 'MEDIUM', cardContents: cards.map(toCardContent) } } };
}

/** Medium height: a carousel shows nothing taller. */
function toCardContent({ title, text, media, actions }: Card): CardContent {
  return {
    ...(title ? { title } : {}),
    ...(text ? { description: text } : {}),
    ...(media ? { media: { height: 'MEDIUM', ...toOutboundFile(media) } } : {}),
    ...(actions?.length ? { suggestions: actions.map(toSuggestion) } : {}),
  };
}
