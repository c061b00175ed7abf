import type { Action, Attachment, Card, Content, ContentOf, Media, MediaKind } from '@tributary/protocol';
import type { Item } from './client.ts';
import { h, ICONS, icon } from './dom.ts';
import { httpUrl, linkTo, richText } from './rich.ts';
import type { Words } from './words.ts';

/** What a message can make the widget do. */
export interface Doings {
  words: Words;
  act(action: { text: string; payload: string }): void;
  sendLocation(): void;
  share(text: string): void;
}

/** Everything a message says, as nodes; its quick replies are not among them. */
export function contentNodes(item: Item, doings: Doings): Node[] {
  const { content, format } = item;
  const say = (text: string | undefined): HTMLElement | undefined =>
    text ? h('p', { dir: 'auto' }, ...richText(text, format)) : undefined;
  const nodes = [...bodyNodes(content, say, doings)];
  const more = 'attachments' in content ? (content.attachments ?? []) : [];
  for (const file of more) nodes.push(attachmentNode(file, doings.words));
  const buttons = buttonsOf(content).filter((action) => !isQuick(action, content));
  if (buttons.length > 0) nodes.push(actionList(buttons, doings, textOf(content)));
  return nodes.filter((node): node is Node => node !== undefined);
}

type Say = (text: string | undefined) => HTMLElement | undefined;

function bodyNodes(content: Content, say: Say, doings: Doings): (Node | undefined)[] {
  const { words } = doings;
  switch (content.type) {
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return [mediaNode(content.type, content.media, words, content.text), say(content.text)];
    case 'sticker':
      return [mediaNode('sticker', content.media, words, content.emoji)];
    case 'location':
      return [locationNode(content.location, words), say(content.text)];
    case 'contact':
      return content.contacts.map((one) =>
        h(
          'div',
          { class: 'card' },
          h('strong', {}, one.name),
          ...(one.phones ?? []).map((phone) => linkTo(`tel:${phone.replaceAll(' ', '')}`, phone)),
          ...(one.emails ?? []).map((mail) => linkTo(`mailto:${mail}`, mail)),
          one.organization,
        ),
      );
    case 'card':
      return [cardNode(content, say, doings)];
    case 'carousel':
      return [
        say(content.text),
        h(
          'div',
          { class: 'cards', role: 'group', tabindex: 0, 'aria-label': words.cards },
          ...content.cards.map((card) => cardNode(card, say, doings)),
        ),
      ];
    case 'list':
      return listNodes(content, say, doings);
    case 'email':
      return [h('strong', {}, content.subject), say(content.text)];
    default:
      return [say(textOf(content))];
  }
}

/** The words of a message, for announcements. */
export function textOf(content: Content): string {
  if (content.type === 'card') return content.title;
  if (content.type === 'unsupported') return content.text ?? content.reason;
  return ('text' in content && content.text) || '';
}

function mediaNode(kind: MediaKind, media: Media, words: Words, text?: string): Node {
  const url = httpUrl(media.url);
  const name = media.filename ?? (kind === 'image' ? words.picture : words.file);
  if (url && (kind === 'image' || kind === 'sticker')) {
    const picture = h('img', { src: url, alt: text || name, class: kind, loading: 'lazy', decoding: 'async' });
    return kind === 'sticker' ? picture : h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, picture);
  }
  if (url && (kind === 'video' || kind === 'audio')) {
    return h(kind, { src: url, controls: true, preload: 'metadata', 'aria-label': text || name });
  }
  const label = media.size ? `${name} · ${sizeOf(media.size)}` : name;
  return h('span', { class: 'file' }, icon(ICONS.file, 20), url ? linkTo(url, label) : label);
}

const attachmentNode = ({ type, media }: Attachment, words: Words): Node => mediaNode(type, media, words);

const sizeOf = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

function locationNode({ latitude, longitude, name, address }: ContentOf<'location'>['location'], words: Words): Node {
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return h(
    'span',
    { class: 'file' },
    icon(ICONS.place, 20),
    h('span', {}, linkTo(url, name || words.location), address && h('br'), address),
  );
}

function cardNode(card: Card, say: Say, doings: Doings): HTMLElement {
  const url = httpUrl(card.media?.url);
  return h(
    'div',
    { class: 'card' },
    url && h('img', { src: url, alt: '', loading: 'lazy', class: 'cover' }),
    h('strong', { dir: 'auto' }, card.title),
    say(card.text),
    card.actions && card.actions.length > 0 && actionList(card.actions, doings, card.title),
  );
}

function listNodes(content: ContentOf<'list'>, say: Say, doings: Doings): (Node | undefined)[] {
  const rows = content.sections.map((section) =>
    h(
      'div',
      { class: 'rows', role: 'group', 'aria-label': section.title },
      section.title && h('span', { class: 'quiet', 'aria-hidden': 'true' }, section.title),
      ...section.rows.map((row) =>
        h(
          'button',
          { type: 'button', class: 'row', onclick: () => doings.act({ text: row.title, payload: row.payload }) },
          h('span', { dir: 'auto' }, row.title),
          row.description && h('span', { class: 'quiet', dir: 'auto' }, row.description),
        ),
      ),
    ),
  );
  return [
    content.header ? h('strong', { dir: 'auto' }, content.header) : undefined,
    say(content.text),
    content.footer ? h('span', { class: 'quiet', dir: 'auto' }, content.footer) : undefined,
    // A long list stays folded under its own button.
    rows.length + content.sections.reduce((sum, section) => sum + section.rows.length, 0) > 7
      ? h('details', {}, h('summary', {}, content.button ?? '…'), ...rows)
      : h('div', {}, ...rows),
  ];
}

const buttonsOf = (content: Content): readonly Action[] =>
  content.type === 'card' ? [] : ('actions' in content && content.actions) || [];

/** Replies go away once one is chosen, and a request for the place goes with them where it stands among them. */
function isQuick(action: Action, content: Content): boolean {
  if (action.type === 'reply') return true;
  return action.type === 'location_request' && buttonsOf(content).some((other) => other.type === 'reply');
}

/** The answers a message offers under the conversation while it is the newest. */
export function quickReplies(item: Item | undefined, doings: Doings): HTMLElement[] {
  if (item?.from !== 'business') return [];
  return buttonsOf(item.content)
    .filter((action) => isQuick(action, item.content))
    .map((action) => actionNode(action, doings, ''));
}

function actionList(actions: readonly Action[], doings: Doings, about: string): HTMLElement {
  return h('div', { class: 'actions' }, ...actions.map((action) => actionNode(action, doings, about)));
}

function actionNode(action: Action, doings: Doings, about: string): HTMLElement {
  const button = (text: string, onclick: () => void): HTMLElement =>
    h('button', { type: 'button', class: 'action', dir: 'auto', onclick }, text);
  switch (action.type) {
    case 'reply':
      return button(action.text, () => doings.act({ text: action.text, payload: action.payload ?? action.text }));
    case 'postback':
      return button(action.text, () => doings.act({ text: action.text, payload: action.payload }));
    case 'link':
    case 'webview':
      return linkButton(action.url, action.text);
    case 'call':
      return linkButton(`tel:${action.phone.replace(/[^\d+*#]/g, '')}`, action.text);
    case 'location_request':
      return button(action.text, () => doings.sendLocation());
    case 'share':
      return button(action.text ?? '↗', () => doings.share(about));
    case 'buy':
      return h('span', { class: 'quiet' }, action.text);
  }
}

function linkButton(url: string, text: string): HTMLElement {
  const link = linkTo(url, text, 'action');
  return link instanceof HTMLElement ? link : h('span', { class: 'quiet' }, link);
}
