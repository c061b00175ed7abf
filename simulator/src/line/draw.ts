import type { PhoneMessage } from '../control.ts';
import { isObject } from '../http.ts';

type Json = Record<string, unknown>;
type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };
type Rows = NonNullable<PhoneMessage['buttons']>;
type Button = Rows[number][number];
type DrawnCard = NonNullable<PhoneMessage['cards']>[number];

/** A checked message as the phone shows it, its quick replies over the input line. */
export function draw(message: Json): View {
  const view = drawContent(message);
  const items = isObject(message.quickReply) ? (message.quickReply.items as Json[] | undefined) : undefined;
  const quick = (items ?? []).map(
    (item): Button => ({
      ...drawAction(item.action as Json),
      style: 'quick',
      ...(typeof item.imageUrl === 'string' ? { imageUrl: item.imageUrl } : {}),
    }),
  );
  return quick.length > 0 ? { ...view, buttons: [...(view.buttons ?? []), ...quick.map((one) => [one])] } : view;
}

function drawContent(message: Json): View {
  switch (message.type) {
    case 'text':
    case 'textV2':
      return { kind: 'text', text: String(message.text) };
    case 'sticker':
      return { kind: 'sticker', text: `Sticker ${String(message.packageId)}/${String(message.stickerId)}` };
    case 'image':
    case 'video':
    case 'audio':
      return { kind: message.type, mediaUrl: String(message.originalContentUrl) };
    case 'location': {
      const { latitude, longitude, title, address } = message;
      return {
        kind: 'location',
        location: {
          latitude: Number(latitude),
          longitude: Number(longitude),
          name: String(title),
          address: String(address),
        },
      };
    }
    case 'template':
      return drawTemplate(message.template as Json, String(message.altText));
    case 'flex':
      return { kind: 'text', cards: bubblesOf(message.contents as Json).map(drawBubble) };
    default:
      return { kind: 'text', text: String(message.altText ?? message.type) };
  }
}

function drawTemplate(template: Json, altText: string): View {
  switch (template.type) {
    case 'buttons':
    case 'confirm': {
      const buttons = (template.actions as Json[]).map(drawAction);
      return {
        kind: template.thumbnailImageUrl ? 'image' : 'text',
        text: String(template.text),
        ...(template.title ? { header: String(template.title) } : {}),
        ...(template.thumbnailImageUrl ? { mediaUrl: String(template.thumbnailImageUrl) } : {}),
        buttons: template.type === 'confirm' ? [buttons] : buttons.map((one) => [one]),
      };
    }
    case 'carousel':
      return {
        kind: 'text',
        cards: (template.columns as Json[]).map((column) => ({
          ...(column.thumbnailImageUrl ? { mediaUrl: String(column.thumbnailImageUrl) } : {}),
          ...(column.title ? { title: String(column.title) } : {}),
          text: String(column.text),
          buttons: (column.actions as Json[]).map((action) => [drawAction(action)]),
        })),
      };
    default:
      return { kind: 'text', text: altText };
  }
}

const bubblesOf = (contents: Json): Json[] =>
  contents.type === 'carousel' ? (contents.contents as Json[]) : [contents];

/** A bubble's first picture, its words and its buttons, wherever they stand in it. */
function drawBubble(bubble: Json): DrawnCard {
  const found: { pictures: string[]; words: string[]; actions: Json[] } = { pictures: [], words: [], actions: [] };
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const one of part) visit(one);
    if (!isObject(part)) return;
    if (part.type === 'image') found.pictures.push(String(part.url));
    else if (part.type === 'text') found.words.push(String(part.text));
    else if (part.type === 'button') found.actions.push(part.action as Json);
    visit(part.contents);
  };
  for (const block of ['header', 'hero', 'body', 'footer']) visit(bubble[block]);
  const [title, ...text] = found.words;
  return {
    ...(found.pictures[0] ? { mediaUrl: found.pictures[0] } : {}),
    ...(title ? { title } : {}),
    ...(text.length > 0 ? { text: text.join('\n') } : {}),
    buttons: found.actions.map((action) => [drawAction(action)]),
  };
}

/** An action as a button of the phone. */
export function drawAction(action: Json): Button {
  const text = String(action.label ?? action.text ?? '');
  switch (action.type) {
    case 'uri': {
      const url = String(action.uri);
      return { id: url, text, kind: url.startsWith('tel:') ? 'call' : 'link', url };
    }
    case 'location':
      return { id: 'location', text, kind: 'location_request' };
    case 'message':
      return { id: String(action.text), text, kind: 'reply' };
    default:
      return { id: String(action.data), text, kind: 'postback' };
  }
}

/** The action behind a button, anywhere in a message. */
export function actionOf(message: unknown, id: string): Json | undefined {
  if (Array.isArray(message)) {
    for (const one of message) {
      const found = actionOf(one, id);
      if (found) return found;
    }
    return undefined;
  }
  if (!isObject(message)) return undefined;
  const own = ['postback', 'uri', 'message'].includes(String(message.type));
  if (own && [message.data, message.uri, message.text].includes(id)) return message;
  if (message.type === 'location' && message.label !== undefined && id === 'location') return message;
  return actionOf(Object.values(message), id);
}
