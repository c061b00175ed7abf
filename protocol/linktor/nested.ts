import type { Action, Content, ContentOf } from '../content.ts';
import type { Node } from './node.ts';
import {
  present,
  readAction,
  readActions,
  readAttachment,
  readCard,
  readMedia,
  readSections,
  readSuggestion,
} from './parts.ts';

/** What the documents' channel pages write inside `interactive`, `template`, `richCard`, `email` and `poll`. */

export function readInteractive(node: Node): Content | undefined {
  const type = node.at('type').needText();
  const header = node.at('header');
  const body = node.at('body').isText ? node.at('body').text() : node.at('body').at('text').text();
  const footer = node.at('footer').isText ? node.at('footer').text() : node.at('footer').at('text').text();
  const heading = header.isText ? header.text() : header.at('text').text();
  const action = node.at('action');
  if (type === 'list') {
    return present({
      type: 'list',
      text: body ?? '',
      header: heading,
      footer,
      button: action.at('button').text(),
      sections: readSections(action.at('sections').isPresent ? action.at('sections') : node.at('sections')),
    } satisfies ContentOf<'list'>);
  }
  const text = [heading, body, footer].filter(Boolean).join('\n\n');
  const actions = interactiveActions(node, type);
  if (!actions) return undefined;
  for (const kind of ['image', 'video', 'document'] as const) {
    if (header.at(kind).isPresent)
      return present({ type: kind, text: text || undefined, media: readMedia(header.at(kind)), actions });
  }
  return { type: 'text', text, actions };
}

function interactiveActions(node: Node, type: string): Action[] | undefined {
  const action = node.at('action');
  switch (type) {
    case 'button':
    case 'buttons': {
      const buttons = action.at('buttons').isPresent ? action.at('buttons') : node.at('buttons');
      return buttons.needItems().flatMap((item) => readAction(item) ?? []);
    }
    case 'cta_url': {
      const parameters = action.at('parameters');
      return [
        {
          type: 'link',
          text: parameters.at('display_text', 'displayText').needWords(),
          url: parameters.at('url').needWords(),
        },
      ];
    }
    case 'location_request_message':
      return [{ type: 'location_request', text: '📍' }];
    default:
      return node.at('type').fault(`“${type}” is not supported; use button or list`);
  }
}

/** Meta's templates: words with buttons, cards, a receipt. Anything else is a template by name. */
export function readTemplate(node: Node, outer: Node): Content | undefined {
  const kind = node.at('name').isPresent ? undefined : node.at('type', 'template_type').text();
  switch (kind) {
    case 'button':
      return { type: 'text', text: node.at('text').needText(), actions: readActions(node.at('buttons')) };
    case 'generic': {
      const cards = node.at('elements').needItems().map(readCard);
      const [only] = cards;
      return cards.length === 1 && only ? { type: 'card', ...only } : { type: 'carousel', cards };
    }
    case 'receipt':
      return { type: 'text', text: receiptText(node) };
    case 'media': {
      const [element] = node.at('elements').needItems();
      if (!element) return undefined;
      const kind = element.at('mediaType', 'media_type').text() === 'video' ? 'video' : 'image';
      return present<Content>({ type: kind, media: readMedia(element), actions: actionsOf(element) });
    }
    default:
      break;
  }
  const language = node.at('language');
  return present({
    type: 'template',
    template: present({
      name: node.at('name').needWords(),
      language: (language.isObject ? language.at('code').text() : language.text()) ?? 'en',
      components: node.at('components').isPresent
        ? node
            .at('components')
            .items()
            .map((item) => item.value)
        : undefined,
      variables: node.at('variables').record(),
    }),
    text: outer.at('text').text(),
    actions: actionsOf(outer),
  } satisfies ContentOf<'template'>);
}

/** The actions beside something, or nothing where none are written. */
export function actionsOf(node: Node): Action[] | undefined {
  if (node.at('actions').isPresent) return readActions(node.at('actions'));
  const found = [
    ...readActions(node.at('buttons')),
    ...readActions(node.at('quickReplies', 'quick_replies')),
    ...node
      .at('suggestions')
      .items()
      .flatMap((item) => readSuggestion(item) ?? []),
    ...keyboardActions(node.at('replyMarkup', 'reply_markup')),
  ];
  return found.length > 0 ? found : undefined;
}

/** Telegram's keyboards, row by row. */
function keyboardActions(node: Node): Action[] {
  const rows = node.at('inline_keyboard', 'inlineKeyboard', 'keyboard').items();
  return rows
    .flatMap((row) => (row.isList ? row.items() : [row]))
    .flatMap((key) => {
      if (key.at('request_location', 'requestLocation').value === true)
        return [{ type: 'location_request', text: key.at('text').needWords() }];
      return readAction(key) ?? [];
    });
}

function receiptText(node: Node): string {
  const currency = node.at('currency').text() ?? '';
  const price = (value: unknown): string =>
    typeof value === 'number' || typeof value === 'string' ? `${value} ${currency}`.trim() : '';
  const labelled = (label: string, value: unknown): string =>
    value === undefined || value === '' ? '' : `${label}: ${value}`;
  const items = node
    .at('elements')
    .items()
    .map((item) => {
      const quantity = item.at('quantity').number();
      return [
        quantity && quantity !== 1 ? `${quantity} ×` : '',
        item.at('title').needText(),
        item.at('subtitle').text(),
        price(item.at('price').value),
      ]
        .filter(Boolean)
        .join(' ');
    });
  const summary = Object.entries(node.at('summary').record() ?? {}).map(([name, value]) =>
    labelled(spaced(name), price(value)),
  );
  const address = Object.values(node.at('address').record() ?? {}).filter((line) => typeof line === 'string');
  return [
    node.at('recipientName', 'recipient_name').text(),
    labelled('Order', node.at('orderNumber', 'order_number').text()),
    ...items,
    address.join(', '),
    labelled('Payment', node.at('paymentMethod', 'payment_method').text()),
    ...summary,
    node.at('orderUrl', 'order_url').text(),
  ]
    .filter(Boolean)
    .join('\n');
}

/** `totalCost` and `total_cost` as people read it: "Total cost". */
function spaced(name: string): string {
  const words = name
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function readRichCard(node: Node): Content | undefined {
  const alone = node.at('standaloneCard');
  if (alone.isPresent) return { type: 'card', ...readCard(alone.at('cardContent')) };
  const row = node.at('carouselCard');
  if (row.isPresent) return { type: 'carousel', cards: row.at('cardContents').needItems().map(readCard) };
  return node.fault('needs a standaloneCard or a carouselCard');
}

export function readEmail(node: Node, outer: Node): ContentOf<'email'> {
  const files = node.at('attachments');
  return present({
    type: 'email',
    subject: node.at('subject').needText(),
    html: node.at('html').text(),
    text: node.at('text').text(),
    cc: node.at('cc').texts(),
    bcc: node.at('bcc').texts(),
    replyTo: node.at('replyTo').text(),
    inReplyTo: node.at('inReplyTo').text(),
    references: node.at('references').texts(),
    actions: actionsOf(outer),
    attachments: files.isPresent ? files.items().map(readAttachment) : undefined,
  });
}

/** A poll is asked as a question with its options as answers. */
export function readPoll(node: Node): Content {
  const actions = node
    .at('options')
    .needItems()
    .map((option): Action => {
      const text = option.isText ? option.needWords() : option.at('text').needWords();
      return { type: 'reply', text, payload: text };
    });
  return { type: 'text', text: node.at('question').needWords(), actions };
}
