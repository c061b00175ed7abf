import type { PhoneMessage } from '../control.ts';
import { isObject } from '../http.ts';
import { drawMarkup } from '../meta/markup.ts';

type Json = Record<string, unknown>;
type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };
type Rows = NonNullable<PhoneMessage['buttons']>;
type Button = Rows[number][number];

/** A checked message as the phone shows it. */
export function draw(message: Json): View {
  switch (message.type) {
    case 'text':
      return { kind: 'text', ...drawMarkup(String(message.text)) };
    case 'url': {
      const url = String(message.media);
      return { kind: 'text', text: url, entities: [{ type: 'link', offset: 0, length: url.length, url }] };
    }
    case 'picture':
      return {
        kind: 'image',
        mediaUrl: String(message.media),
        ...(message.text ? drawMarkup(String(message.text)) : {}),
      };
    case 'video':
      return { kind: 'video', mediaUrl: String(message.media) };
    case 'file':
      return { kind: 'document', mediaUrl: String(message.media), filename: String(message.file_name) };
    case 'sticker':
      return { kind: 'sticker', text: `Sticker ${String(message.sticker_id)}` };
    case 'contact': {
      const contact = message.contact as Json;
      return { kind: 'contact', text: `${String(contact.name)}\n${String(contact.phone_number)}` };
    }
    case 'location': {
      const { lat, lon } = message.location as Json;
      return { kind: 'location', location: { latitude: Number(lat), longitude: Number(lon) } };
    }
    default:
      return { kind: 'text', cards: drawCards(message.rich_media as Json) };
  }
}

/** The keyboard under the input line, in rows of six columns. */
export function drawKeyboard(keyboard: unknown): Rows | undefined {
  if (!isObject(keyboard) || !Array.isArray(keyboard.Buttons)) return undefined;
  const rows: Rows = [];
  let width = 6;
  for (const button of keyboard.Buttons as Json[]) {
    const columns = Number(button.Columns ?? 6);
    if (width + columns > 6) {
      rows.push([]);
      width = 0;
    }
    width += columns;
    rows.at(-1)!.push({ ...drawButton(button), style: 'keyboard' });
  }
  return rows;
}

/** Cells become cards: so many as fill a block; pictures and words that do nothing are the card's own. */
function drawCards(media: Json): NonNullable<PhoneMessage['cards']> {
  const block = Number(media.ButtonsGroupColumns ?? 6) * Number(media.ButtonsGroupRows ?? 7);
  const cards: NonNullable<PhoneMessage['cards']> = [];
  let filled = block;
  for (const cell of media.Buttons as Json[]) {
    if (filled >= block) {
      cards.push({ buttons: [] });
      filled = 0;
    }
    filled += Number(cell.Columns ?? 6) * Number(cell.Rows ?? 1);
    const card = cards.at(-1)!;
    const idle = cell.ActionType === 'none';
    if (!idle) card.buttons.push([drawButton(cell)]);
    else if (cell.Image !== undefined) card.mediaUrl ??= String(cell.Image);
    else if (card.title === undefined) card.title = plain(String(cell.Text));
    else card.text = [card.text, plain(String(cell.Text))].filter(Boolean).join('\n');
  }
  return cards;
}

const drawn: Record<string, Button['kind']> = {
  'open-url': 'link',
  'location-picker': 'location_request',
  'share-phone': 'contact_request',
};

function drawButton(button: Json): Button {
  const kind = drawn[String(button.ActionType)] ?? (button.Silent === true ? 'postback' : 'reply');
  const body = String(button.ActionBody);
  return {
    id: body,
    text: plain(String(button.Text ?? body)),
    kind,
    ...(kind === 'link' ? { url: body } : {}),
    ...(typeof button.Image === 'string' ? { imageUrl: button.Image } : {}),
    ...(typeof button.BgColor === 'string' ? { colour: button.BgColor } : {}),
  };
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** Labels are simple HTML; what is shown is their words. */
const plain = (html: string): string =>
  html
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name]!);
