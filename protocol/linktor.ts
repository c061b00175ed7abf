import type { Content, ContentOf, ContentType, Media } from './content.ts';
import { actionsOf, readEmail, readInteractive, readPoll, readRichCard, readTemplate } from './linktor/nested.ts';
import { type Fault, Node } from './linktor/node.ts';
import { present, readAttachment, readCard, readContact, readMedia, readSections } from './linktor/parts.ts';

export type { Fault } from './linktor/node.ts';

/** A button as Linktor's SDK reads it. */
export interface LinktorButton {
  type: 'reply' | 'url' | 'call';
  text: string;
  payload?: string;
  url?: string;
  phone?: string;
}

/** Our content with the members beside it that Linktor's SDK reads: one object for both. */
export type LinktorContent = Content & {
  text?: string;
  media?: Media & { caption?: string };
  buttons?: LinktorButton[];
  listSections?: { title: string; rows: { id: string; title: string; description?: string }[] }[];
  contact?: { name: string; phones?: string[]; emails?: string[] };
};

const SDK_TYPES = ['text', 'image', 'video', 'audio', 'document', 'location', 'contact', 'sticker'] as const;
export type LinktorContentType = (typeof SDK_TYPES)[number];

/** The `contentType` of a message on the wire: one of the SDK's eight words; what they have none for is read as text. */
export function linktorContentType(content: Content): LinktorContentType {
  return SDK_TYPES.find((type) => type === content.type) ?? 'text';
}

/** Content on the wire. `fromLinktor` reads it back as it was. */
export function toLinktor(content: Content): LinktorContent {
  const wire: LinktorContent = { ...content };
  if ('media' in content && content.media && content.type !== 'card') {
    const caption = 'text' in content ? content.text : undefined;
    wire.media = caption === undefined ? content.media : { ...content.media, caption };
  }
  if ('actions' in content && content.actions && content.actions.length > 0) {
    const buttons = content.actions.flatMap((action): LinktorButton[] => {
      switch (action.type) {
        case 'reply':
        case 'postback':
          return [present({ type: 'reply', text: action.text, payload: action.payload })];
        case 'link':
        case 'webview':
          return [{ type: 'url', text: action.text, url: action.url }];
        case 'call':
          return [{ type: 'call', text: action.text, phone: action.phone }];
        default:
          return [];
      }
    });
    if (buttons.length > 0) wire.buttons = buttons;
  }
  if (content.type === 'list') {
    wire.listSections = content.sections.map(({ title = '', rows }) => ({
      title,
      rows: rows.map((row) => present({ id: row.payload, title: row.title, description: row.description })),
    }));
  }
  const [first] = content.type === 'contact' ? content.contacts : [];
  if (first) wire.contact = present({ name: first.name, phones: first.phones, emails: first.emails });
  return wire;
}

/** What a caller meant, or what is wrong with how it was written. */
export type Reading = { content: Content; faults?: undefined } | { content?: undefined; faults: Fault[] };

/**
 * Reads content in every form that Linktor's programs write: the SDK's conversation body, the documents' flat and nested content, plain text,
 * and our own. `at` is where the content stands in the caller's body, so that faults name the place as the caller knows it.
 */
export function fromLinktor(input: unknown, at = ''): Reading {
  const node = new Node(input, at, []);
  const content = read(node);
  if (node.faults.length > 0) return { faults: node.faults };
  return content ? { content } : { faults: [{ field: at, message: 'is not content' }] };
}

function read(node: Node): Content | undefined {
  if (node.isText) return { type: 'text', text: node.needWords() };
  if (!node.isObject) return node.fault(node.isPresent ? 'must be an object or a string' : 'is required');
  const type = node.at('type').text();
  if (type === undefined) return node.at('type').isPresent ? undefined : readBody(node);
  return readTyped(type, node);
}

/** The SDK's body: members beside each other, and what is there says what it is. */
function readBody(node: Node): Content | undefined {
  const text = node.at('text').text();
  const buttons = node.at('buttons', 'actions', 'quickReplies', 'suggestions');
  if (node.at('template').isPresent) return readTemplate(node.at('template'), node);
  if (node.at('email').isPresent) return readEmail(node.at('email'), node);
  if (node.at('listSections').isPresent) {
    if (buttons.isPresent) buttons.fault('cannot stand beside listSections; add them as rows');
    return { type: 'list', text: text ?? '', sections: readSections(node.at('listSections')) };
  }
  if (node.at('contact').isPresent) {
    for (const other of [node.at('text'), buttons])
      if (other.isPresent && other.value !== '')
        other.fault('cannot stand beside a contact; send it as a message of its own');
    return { type: 'contact', contacts: [readContact(node.at('contact'))] };
  }
  if (node.at('location').isPresent) return readLocation(node.at('location'), node);
  if (node.at('media').isPresent) return readBodyMedia(node, text);
  if (text === undefined && !buttons.isPresent)
    return node.fault('says nothing; give text, media, location, contact, listSections or template');
  return readText(node, text ?? '');
}

function readBodyMedia(node: Node, text: string | undefined): Content | undefined {
  const media = node.at('media');
  const type = media.at('type').text() ?? 'document';
  if (type === 'sticker') return { type: 'sticker', media: readMedia(media) };
  if (!isCaptionKind(type))
    return media.at('type').fault(`“${type}” is not a kind of file; use image, video, audio, document or sticker`);
  const caption = media.at('caption').text();
  const words = caption === text ? [text] : [text, caption];
  return speaking(node, { type, text: words.filter(Boolean).join('\n\n') || undefined, media: readMedia(media) });
}

const isCaptionKind = (type: string): type is 'image' | 'video' | 'audio' | 'document' =>
  type === 'image' || type === 'video' || type === 'audio' || type === 'document';

function readTyped(type: string, node: Node): Content | undefined {
  switch (type as ContentType | 'buttons' | 'interactive' | 'richCard' | 'poll' | 'file') {
    case 'text':
      return node.at('poll').isPresent ? readPoll(node.at('poll')) : readText(node, node.at('text').needText());
    case 'buttons':
      return readText(node, node.at('text').needText());
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return readFile(type as 'image', node);
    case 'file':
      return readFile('document', node);
    case 'sticker': {
      const inner = node.at('media', 'sticker');
      const id = node.at('sticker').at('id').text();
      const media =
        id !== undefined && !inner.at('url').isPresent ? { ref: { id } } : readMedia(inner.isPresent ? inner : node);
      return present<Content>({ type: 'sticker', media, emoji: node.at('emoji').text() });
    }
    case 'location':
      return readLocation(node.at('location').isPresent ? node.at('location') : node, node);
    case 'contact': {
      const contacts = node.at('contacts', 'contact');
      if (contacts.isPresent)
        return {
          type: 'contact',
          contacts: contacts.isList ? contacts.needItems().map(readContact) : [readContact(contacts)],
        };
      return { type: 'contact', contacts: node.at('contacts').needItems().map(readContact) };
    }
    case 'card':
      return { type: 'card', ...readCard(node.at('card').isPresent ? node.at('card') : node) };
    case 'carousel': {
      const inner = node.at('carousel').isPresent ? node.at('carousel') : node;
      return speaking(node, {
        type: 'carousel',
        text: inner.at('text').text(),
        cards: inner.at('cards', 'elements').needItems().map(readCard),
      });
    }
    case 'list': {
      const inner = node.at('list').isPresent ? node.at('list') : node;
      return present({
        type: 'list',
        text: inner.at('text').text() ?? '',
        header: inner.at('header').text(),
        footer: inner.at('footer').text(),
        button: inner.at('button').text(),
        sections: readSections(inner.at('sections', 'listSections')),
      } satisfies ContentOf<'list'>);
    }
    case 'interactive':
      return readInteractive(node.at('interactive').isPresent ? node.at('interactive') : node);
    case 'template':
      return readTemplate(node.at('template'), node);
    case 'richCard':
      return readRichCard(node.at('richCard'));
    case 'poll':
      return readPoll(node.at('poll').isPresent ? node.at('poll') : node);
    case 'email':
      return readEmail(node.at('email').isPresent ? node.at('email') : node, node);
    case 'reaction': {
      const inner = node.at('reaction').isPresent ? node.at('reaction') : node;
      return present<Content>({
        type: 'reaction',
        emoji: inner.at('emoji').text() || null,
        messageId: inner.at('messageId', 'message_id').text(),
      });
    }
    case 'event':
      return present<Content>({
        type: 'event',
        event: node.at('event').needText(),
        text: node.at('text').text(),
        payload: node.at('payload').text(),
        of: node.at('of').text(),
        inferred: node.at('inferred').boolean(),
        detail: node.at('detail').value,
      });
    case 'unsupported':
      return present<Content>({
        type: 'unsupported',
        reason: node.at('reason').needText(),
        text: node.at('text').text(),
      });
    default:
      return node.at('type').fault(`“${type}” is not a kind of content`);
  }
}

/** Words with what stands beside them; `parseMode` is how the documents' Telegram page names a format. */
function readText(node: Node, text: string): Content {
  return speaking(node, present({ type: 'text', text, format: formatOf(node) }) as ContentOf<'text'>);
}

function formatOf(node: Node): ContentOf<'text'>['format'] {
  const format = node.at('format').text();
  if (format === 'plain' || format === 'markdown' || format === 'html') return format;
  if (format !== undefined) return node.at('format').fault('must be plain, markdown or html');
  const mode = node.at('parseMode', 'parse_mode').text()?.toLowerCase();
  return mode === 'html' ? 'html' : mode?.startsWith('markdown') ? 'markdown' : undefined;
}

/** A file as `media`, under the name of its kind, or with its address beside the type. */
function readFile(type: 'image' | 'video' | 'audio' | 'document', node: Node): Content {
  const inner = node.at('media', type, 'file');
  const from = inner.isPresent ? inner : node;
  const text =
    node.at('text').text() ?? (from.isObject ? from.at('caption').text() : undefined) ?? node.at('caption').text();
  return speaking(node, present({ type, text, format: formatOf(node), media: readMedia(from) }) as ContentOf<'image'>);
}

function readLocation(place: Node, node: Node): Content {
  return speaking(node, {
    type: 'location',
    location: present({
      latitude: place.at('latitude').needNumber(),
      longitude: place.at('longitude').needNumber(),
      name: place.at('name').text(),
      address: place.at('address').text(),
    }),
    text: node.at('text').text(),
  });
}

/** Adds the actions and files beside content that may have them. */
function speaking(
  node: Node,
  content: ContentOf<'text' | 'image' | 'video' | 'audio' | 'document' | 'location' | 'carousel'>,
): Content {
  const files = node.at('attachments');
  return present({
    ...content,
    actions: actionsOf(node),
    attachments: files.isPresent ? files.items().map(readAttachment) : undefined,
  });
}
