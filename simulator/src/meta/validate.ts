import { isObject } from '../http.ts';
import { MetaError, refuse } from './error.ts';

type Json = Record<string, unknown>;

const kinds = [
  'audio',
  'contacts',
  'document',
  'image',
  'interactive',
  'location',
  'reaction',
  'sticker',
  'template',
  'text',
  'video',
];
const mediaKinds = new Set(['audio', 'document', 'image', 'sticker', 'video']);

/** Meta counts characters, not UTF-16 units. */
function longer(text: string, most: number): boolean {
  return text.length > most && [...text].length > most;
}

function requireText(value: unknown, name: string, most: number): string {
  if (value === undefined || value === null || value === '') throw refuse(131008, `Parameter '${name}' is mandatory`);
  if (typeof value !== 'string') throw refuse(100, `Param ${name} must be a string.`);
  if (longer(value, most)) throw refuse(100, `Param ${name} must be at most ${most} characters long.`);
  return value;
}

function optionalText(value: unknown, name: string, most: number): void {
  if (value === undefined) return;
  requireText(value, name, most);
}

function title(value: unknown, what: string, most: number): string {
  if (typeof value !== 'string' || value === '' || longer(value, most)) {
    throw refuse(131009, `${what} length invalid. Min length: 1, Max length: ${most}`);
  }
  return value;
}

function object(value: unknown, name: string): Json {
  if (value === undefined || value === null) throw refuse(131008, `Parameter '${name}' is mandatory`);
  if (!isObject(value)) throw refuse(100, `Param ${name} must be a JSON object.`);
  return value;
}

function list(value: unknown, name: string, least: number, most: number): Json[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw refuse(131009, `Param ${name} must be a list of objects`);
  if (value.length < least || value.length > most) {
    throw refuse(131009, `Invalid ${name} count. Min allowed ${name}: ${least}, Max allowed ${name}: ${most}`);
  }
  return value;
}

function url(value: unknown, name: string): void {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s]+$/i.test(value)) {
    throw refuse(131009, `Param ${name} is not a valid URL`);
  }
}

/** Refuses what the Cloud API refuses in a send request. The account's own state (window, media, templates) is asked elsewhere. */
export function checkMessage(body: Json): string {
  if (body.messaging_product !== 'whatsapp') {
    throw new MetaError(400, {
      message: '(#100) The parameter messaging_product is required.',
      type: 'OAuthException',
      code: 100,
    });
  }
  const type = body.type ?? 'text';
  if (typeof type !== 'string' || !kinds.includes(type)) {
    const allowed = kinds.map((kind) => kind.toUpperCase()).join(', ');
    throw new MetaError(400, {
      message: `(#100) Param type must be one of {${allowed}} - got "${String(type)}".`,
      type: 'OAuthException',
      code: 100,
    });
  }
  if (body.recipient_type !== undefined && body.recipient_type !== 'individual' && body.recipient_type !== 'group') {
    throw refuse(100, 'Param recipient_type must be one of {individual, group}.');
  }
  if (typeof body.to !== 'string' && typeof body.recipient !== 'string') {
    throw new MetaError(400, { message: '(#100) The parameter to is required.', type: 'OAuthException', code: 100 });
  }
  if (body.biz_opaque_callback_data !== undefined)
    requireText(body.biz_opaque_callback_data, 'biz_opaque_callback_data', 512);
  if (body.context !== undefined && typeof object(body.context, 'context').message_id !== 'string') {
    throw refuse(131008, "Parameter 'context.message_id' is mandatory");
  }
  const content = body[type];
  if (content === undefined || content === null) {
    throw refuse(131008, `Parameter '${type}' is mandatory for type '${type}'`);
  }
  if (type === 'contacts') checkContacts(content);
  else if (mediaKinds.has(type)) checkMedia(type, object(content, type));
  else if (type === 'text') requireText(object(content, 'text').body, 'text["body"]', 4096);
  else if (type === 'location') checkLocation(object(content, 'location'));
  else if (type === 'reaction') checkReaction(object(content, 'reaction'));
  else if (type === 'interactive') checkInteractive(object(content, 'interactive'));
  else object(content, type);
  return type;
}

function checkMedia(type: string, media: Json): void {
  const hasId = typeof media.id === 'string' && media.id !== '';
  const hasLink = media.link !== undefined;
  if (hasId === hasLink) throw refuse(131008, `Exactly one of '${type}.id' and '${type}.link' is mandatory`);
  if (hasLink) url(media.link, `${type}["link"]`);
  if (media.caption !== undefined) {
    if (type === 'audio' || type === 'sticker') throw refuse(100, `Unexpected key "caption" on param "${type}".`);
    if (media.caption !== '') requireText(media.caption, `${type}["caption"]`, 1024);
  }
  if (media.filename !== undefined && type !== 'document')
    throw refuse(100, `Unexpected key "filename" on param "${type}".`);
}

function checkLocation(location: Json): void {
  for (const [name, most] of [
    ['latitude', 90],
    ['longitude', 180],
  ] as const) {
    const value = location[name];
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (value === undefined) throw refuse(131008, `Parameter 'location.${name}' is mandatory`);
    if (typeof number !== 'number' || !(Math.abs(number) <= most))
      throw refuse(131009, `Param location["${name}"] is not a valid ${name}`);
  }
}

function checkReaction(reaction: Json): void {
  requireText(reaction.message_id, 'reaction["message_id"]', 1024);
  if (typeof reaction.emoji !== 'string') throw refuse(131008, "Parameter 'reaction.emoji' is mandatory");
  if (
    reaction.emoji !== '' &&
    !/^(\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[\d#*]\ufe0f?\u20e3)(\p{Emoji}|\u200d|\ufe0f|[\u{e0020}-\u{e007f}])*$/u.test(
      reaction.emoji,
    )
  ) {
    throw refuse(131009, 'Reaction emoji is not a valid emoji');
  }
}

function checkContacts(value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) throw refuse(131008, "Parameter 'contacts' is mandatory");
  if (value.length > 257) throw refuse(131009, 'Too many contacts');
  for (const contact of value) {
    const name = object(object(contact, 'contacts').name, 'contacts["name"]');
    requireText(name.formatted_name, 'contacts["name"]["formatted_name"]', 1024);
  }
}

const interactives = new Set([
  'button',
  'list',
  'cta_url',
  'location_request_message',
  'request_contact_info',
  'flow',
  'carousel',
  'product',
  'product_list',
  'catalog_message',
]);

function checkInteractive(interactive: Json): void {
  const type = interactive.type;
  if (typeof type !== 'string' || !interactives.has(type)) {
    throw refuse(131009, `Interactive type is not valid - got "${String(type)}"`);
  }
  const action = object(interactive.action, 'interactive.action');
  if (type !== 'product') {
    const body = object(interactive.body, 'interactive.body');
    requireText(body.text, 'interactive["body"]["text"]', type === 'list' ? 4096 : 1024);
  }
  if (interactive.footer !== undefined) {
    if (type === 'carousel' || type === 'location_request_message')
      throw refuse(131009, `Footer is not allowed for interactive type ${type}`);
    requireText(object(interactive.footer, 'interactive.footer').text, 'interactive["footer"]["text"]', 60);
  }
  checkHeader(type, interactive.header);
  if (type === 'button') checkButtons(action);
  else if (type === 'list') checkList(action);
  else if (type === 'cta_url') checkLinkButton(action);
  else if (type === 'carousel') checkCarousel(action);
  else if (type === 'flow') {
    const parameters = object(action.parameters, 'action["parameters"]');
    title(parameters.flow_cta, 'Flow CTA', 30);
    if (parameters.flow_id === undefined && parameters.flow_name === undefined)
      throw refuse(131008, "Parameter 'flow_id' is mandatory");
  } else if (type === 'product_list') checkProducts(action);
  else if (type === 'location_request_message' && action.name !== 'send_location')
    throw refuse(131009, 'Action name must be send_location');
  else if (type === 'request_contact_info' && action.name !== 'request_contact_info') {
    throw refuse(131009, 'Action name must be request_contact_info');
  }
}

function checkHeader(type: string, value: unknown): void {
  if (value === undefined) {
    if (type === 'product_list') throw refuse(131008, "Parameter 'interactive.header' is mandatory for product_list");
    return;
  }
  if (type === 'carousel' || type === 'location_request_message' || type === 'product') {
    throw refuse(131009, `Header is not allowed for interactive type ${type}`);
  }
  const header = object(value, 'interactive.header');
  const kind = header.type;
  if (kind === 'text') {
    requireText(header.text, 'interactive["header"]["text"]', 60);
    return;
  }
  if (type === 'list' || type === 'product_list') throw refuse(131009, `Header type of a ${type} must be text`);
  if (kind !== 'image' && kind !== 'video' && kind !== 'document')
    throw refuse(131009, `Header type is not valid - got "${String(kind)}"`);
  checkMedia(kind, object(header[kind], `header["${kind}"]`));
}

function checkButtons(action: Json): void {
  const buttons = list(action.buttons, 'buttons', 1, 3);
  const [titles, ids] = [new Set<string>(), new Set<string>()];
  for (const button of buttons) {
    if (button.type !== 'reply') throw refuse(131009, `Button type must be reply - got "${String(button.type)}"`);
    const reply = object(button.reply, 'button["reply"]');
    titles.add(title(reply.title, 'Button title', 20));
    ids.add(title(reply.id, 'Button id', 256));
    if (/^\s|\s$/.test(reply.id as string)) throw refuse(131009, 'Button id cannot have leading or trailing spaces');
  }
  if (titles.size < buttons.length) throw refuse(131009, 'Duplicated button titles');
  if (ids.size < buttons.length) throw refuse(131009, 'Duplicated button ids');
}

function checkList(action: Json): void {
  title(action.button, 'Button label', 20);
  const sections = list(action.sections, 'sections', 1, 10);
  const ids = new Set<string>();
  let rows = 0;
  for (const section of sections) {
    if (sections.length > 1 || section.title !== undefined) title(section.title, 'Section title', 24);
    for (const row of list(section.rows, 'rows', 1, 10)) {
      rows++;
      ids.add(title(row.id, 'Row id', 200));
      title(row.title, 'Row title', 24);
      if (row.description !== undefined)
        optionalText(row.description === '' ? undefined : row.description, 'row["description"]', 72);
    }
  }
  if (rows > 10) throw refuse(131009, `Total row count exceed max allowed count: 10. Found: ${rows}`);
  if (ids.size < rows) throw refuse(131009, 'Duplicated row ids');
}

function checkLinkButton(action: Json): void {
  if (action.name !== 'cta_url') throw refuse(131009, 'Action name must be cta_url');
  const parameters = object(action.parameters, 'action["parameters"]');
  title(parameters.display_text, 'Button display text', 20);
  url(parameters.url, 'action["parameters"]["url"]');
}

function checkCarousel(action: Json): void {
  const cards = list(action.cards, 'cards', 2, 10);
  const shapes = new Set<string>();
  cards.forEach((card, index) => {
    if (card.card_index !== index) throw refuse(131009, `card_index must be ${index} - got ${String(card.card_index)}`);
    const header = object(card.header, 'card["header"]');
    if (header.type !== 'image' && header.type !== 'video')
      throw refuse(131009, 'Card header must be an image or a video');
    checkMedia(header.type, object(header[header.type], `card["header"]["${header.type}"]`));
    if (card.body !== undefined) {
      const text = requireText(object(card.body, 'card["body"]').text, 'card["body"]["text"]', 160);
      if (text.split('\n').length > 3) throw refuse(131009, 'Card body has more than 2 line breaks');
    }
    const cardAction = object(card.action, 'card["action"]');
    if (cardAction.buttons === undefined) {
      checkLinkButton(cardAction);
      shapes.add('link');
      return;
    }
    const buttons = list(cardAction.buttons, 'buttons', 1, 2);
    for (const button of buttons) {
      const reply = object(button.quick_reply, 'button["quick_reply"]');
      title(reply.title, 'Button title', 20);
      title(reply.id, 'Button id', 256);
    }
    shapes.add(`replies ${buttons.length}`);
  });
  if (shapes.size > 1) throw refuse(131009, 'All cards must have the same number and kind of buttons');
}

function checkProducts(action: Json): void {
  let products = 0;
  for (const section of list(action.sections, 'sections', 1, 10))
    products += list(section.product_items, 'product_items', 1, 30).length;
  if (products > 30) throw refuse(131009, `Total product count exceed max allowed count: 30. Found: ${products}`);
}
