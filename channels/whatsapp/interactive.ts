import { type Action, type Card, type ContentOf, type Media, SendError } from '@tributary/protocol';
import { present } from '../common/json.ts';
import { type HeaderKind, mediaKindOf, toHeader } from './media.ts';
import type { CarouselCard, Header, Interactive, LinkAction, ListSection, OutboundBody } from './payloads.ts';

const BUTTONS_MAX = 3;
const ROWS_MAX = 10;
const LIST_LABEL = 'Options';
/** Meta asks for words above buttons where the writer gave none. */
const NO_WORDS = '👇';
const CARD_BREAKS_MAX = 2;
const CARD_BUTTONS_MAX = 2;
const CARDS_MIN = 2;
const CARDS_MAX = 10;

type Reply = Extract<Action, { type: 'reply' | 'postback' }>;
type Link = Extract<Action, { type: 'link' | 'webview' }>;
const isReply = (action: Action): action is Reply => action.type === 'reply' || action.type === 'postback';
const isLink = (action: Action): action is Link => action.type === 'link' || action.type === 'webview';

/**
 * Words with actions, and a file above them perhaps. WhatsApp mixes no kinds and takes one link: mostly fit() has seen to that; what still
 * differs follows in a message of its own, under its own words, so that nothing is lost.
 */
export function speakingMessages(
  text: string,
  actions: readonly Action[],
  file?: { kind: HeaderKind; media: Media },
): OutboundBody[] {
  const replies = actions.filter(isReply);
  const links = actions.filter(isLink);
  const requests = actions.filter((action) => action.type === 'location_request');
  const other = actions.find((action) => !isReply(action) && !isLink(action) && action.type !== 'location_request');
  if (other) {
    throw new SendError('content_refused', { providerMessage: `WhatsApp has no button for “${other.type}”.` });
  }
  const bodies: Interactive[] = [];
  if (replies.length > 0) bodies.push(replyMessage(text || NO_WORDS, replies));
  for (const link of links) {
    bodies.push({ type: 'cta_url', body: { text: textFor(bodies, text, link.text) }, action: toLinkAction(link) });
  }
  for (const request of requests) {
    const body = { text: textFor(bodies, text, request.text) };
    bodies.push({ type: 'location_request_message', body, action: { name: 'send_location' } });
  }
  return withFile(bodies, file);
}

const textFor = (before: readonly Interactive[], text: string, own: string): string =>
  before.length === 0 && text ? text : own;

/** A file stands above buttons and links; lists and requests for a location have no room for it, so it goes before them. */
function withFile(bodies: Interactive[], file?: { kind: HeaderKind; media: Media }): OutboundBody[] {
  const [first, ...rest] = bodies;
  if (!file || !first) return bodies.map((interactive) => ({ type: 'interactive', interactive }));
  const header = toHeader(file.kind, file.media);
  if (first.type === 'button' || first.type === 'cta_url') return withFile([{ ...first, header }, ...rest]);
  return [headerAlone(header), ...withFile(bodies)];
}

function headerAlone(header: Header): OutboundBody {
  switch (header.type) {
    case 'image':
      return { type: 'image', image: header.image };
    case 'video':
      return { type: 'video', video: header.video };
    case 'document':
      return { type: 'document', document: header.document };
    case 'text':
      return { type: 'text', text: { body: header.text } };
  }
}

/** Up to three answers are buttons, up to ten the rows of a list. */
function replyMessage(text: string, replies: readonly Reply[]): Interactive {
  if (replies.length <= BUTTONS_MAX) {
    const buttons = replies.map((one) => ({ type: 'reply' as const, reply: { id: idOf(one), title: one.text } }));
    return { type: 'button', body: { text }, action: { buttons } };
  }
  if (replies.length > ROWS_MAX) {
    throw new SendError('content_refused', { providerMessage: `WhatsApp takes ${ROWS_MAX} choices at most.` });
  }
  const rows = replies.map((one) => ({ id: idOf(one), title: one.text }));
  return { type: 'list', body: { text }, action: { button: LIST_LABEL, sections: [{ rows }] } };
}

const idOf = (reply: Reply): string => reply.payload ?? reply.text;

const toLinkAction = (link: Link): LinkAction => ({
  name: 'cta_url',
  parameters: { display_text: link.text, url: link.url },
});

/** A list behind a button. With several sections each needs a title. */
export function listMessage(content: ContentOf<'list'>): OutboundBody {
  const several = content.sections.length > 1;
  const sections = content.sections.map(({ title, rows }, no): ListSection => {
    const name = title || (several ? String(no + 1) : undefined);
    return {
      ...present({ title: name }),
      rows: rows.map((row) => ({
        id: row.payload,
        title: row.title,
        ...(row.description ? { description: row.description } : {}),
      })),
    };
  });
  return {
    type: 'interactive',
    interactive: {
      type: 'list',
      ...(content.header ? { header: { type: 'text', text: content.header } } : {}),
      body: { text: content.text || NO_WORDS },
      ...(content.footer ? { footer: { text: content.footer } } : {}),
      action: { button: content.button || LIST_LABEL, sections },
    },
  };
}

/** One card: its picture above its words, its buttons below. */
export function cardMessages(card: Card): OutboundBody[] {
  const text = cardText(card);
  const file = card.media && { kind: mediaKindOf(card.media), media: card.media };
  if (card.actions?.length) return speakingMessages(text, card.actions, file);
  if (!file) return [{ type: 'text', text: { body: text } }];
  const header = toHeader(file.kind, file.media);
  switch (header.type) {
    case 'image':
      return [{ type: 'image', image: { ...header.image, caption: text } }];
    case 'video':
      return [{ type: 'video', video: { ...header.video, caption: text } }];
    case 'document':
      return [{ type: 'document', document: { ...header.document, caption: text } }];
    case 'text':
      return [{ type: 'text', text: { body: text } }];
  }
}

/** The title as a bold first line; WhatsApp cannot escape, so a title with a star in it stays plain. */
function cardText({ title, text }: Card): string {
  const line = title.replace(/\s+/g, ' ').trim();
  const head = line && !line.includes('*') ? `*${line}*` : line;
  return [head, text].filter(Boolean).join('\n');
}

/**
 * Cards side by side, where all of them have a picture (or all a film) and the same buttons, as Meta asks; otherwise the words and then each
 * card on its own.
 */
export function carouselMessages(content: ContentOf<'carousel'>): OutboundBody[] {
  const cards = content.cards.map(toCarouselCard);
  const alike = new Set(cards.map((card) => card && shapeOf(card)));
  if (alike.size === 1 && !alike.has(undefined) && cards.length >= CARDS_MIN && cards.length <= CARDS_MAX) {
    const whole: Interactive = {
      type: 'carousel',
      body: { text: content.text || NO_WORDS },
      action: { cards: cards.filter((card) => card !== undefined) },
    };
    return [{ type: 'interactive', interactive: whole }, ...afterwards(content)];
  }
  const words: OutboundBody[] = content.text ? [{ type: 'text', text: { body: content.text } }] : [];
  return [...words, ...content.cards.flatMap(cardMessages), ...afterwards(content)];
}

/** Actions of the whole have no place in a carousel. */
function afterwards(content: ContentOf<'carousel'>): OutboundBody[] {
  return content.actions?.length ? speakingMessages('', content.actions) : [];
}

function toCarouselCard(card: Card, index: number): CarouselCard | undefined {
  const kind = card.media && mediaKindOf(card.media);
  const action = toCardAction(card.actions ?? []);
  if (!card.media || !kind || kind === 'document' || !action) return undefined;
  const text = cardText(card);
  return {
    card_index: index,
    type: 'cta_url',
    header: toHeader(kind, card.media),
    ...(text ? { body: { text: fewBreaks(text) } } : {}),
    action,
  };
}

function toCardAction(actions: readonly Action[]): CarouselCard['action'] | undefined {
  const [first] = actions;
  if (actions.length === 1 && first && isLink(first)) return toLinkAction(first);
  if (actions.length === 0 || actions.length > CARD_BUTTONS_MAX || !actions.every(isReply)) return undefined;
  const buttons = actions.map((one) => ({
    type: 'quick_reply' as const,
    quick_reply: { id: idOf(one), title: one.text },
  }));
  return { buttons };
}

const shapeOf = ({ header, action }: CarouselCard): string =>
  `${header.type} ${'buttons' in action ? action.buttons.length : 'link'}`;

/** A card’s text may break twice; further lines follow on the last. */
function fewBreaks(text: string): string {
  const lines = text.split(/\n+/);
  return [...lines.slice(0, CARD_BREAKS_MAX), lines.slice(CARD_BREAKS_MAX).join(' ')].filter(Boolean).join('\n');
}
