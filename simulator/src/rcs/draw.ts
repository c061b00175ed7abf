import type { PhoneMessage } from '../control.ts';
import { isObject } from '../http.ts';
import type { ShownFile } from './files.ts';

type Json = Record<string, unknown>;
type Rows = NonNullable<PhoneMessage['buttons']>;
type Button = Rows[number][number];

/** A message as the phone shows it. */
export type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };

/** Draws a checked message: chips over the input line, cards with their buttons on them. */
export function draw(content: Json, files: ReadonlyMap<Json, ShownFile>): View {
  const chips = buttonsOf(content.suggestions, 'chip', 'quick');
  const below = chips.length > 0 ? { buttons: [chips] } : {};
  const file = files.get(content);
  if (file)
    return { kind: kindOf(file), mediaUrl: file.url, ...(file.filename ? { filename: file.filename } : {}), ...below };
  if (!isObject(content.richCard)) return { kind: 'text', text: String(content.text), ...below };
  const { standaloneCard, carouselCard } = content.richCard;
  if (isObject(standaloneCard)) {
    const { media, title, text, buttons } = drawCard(standaloneCard.cardContent as Json, 0, files);
    const rows = [...buttons, ...(below.buttons ?? [])];
    return {
      kind: media ? kindOf(media) : 'text',
      ...(media ? { mediaUrl: media.url } : {}),
      ...(title ? { header: title } : {}),
      ...(text ? { text } : {}),
      ...(rows.length > 0 ? { buttons: rows } : {}),
    };
  }
  const cards = ((carouselCard as Json).cardContents as Json[]).map((card, no) => drawCard(card, no, files));
  return {
    kind: 'text',
    cards: cards.map(({ media, title, text, buttons }) => ({
      ...(media ? { mediaUrl: media.url } : {}),
      ...(title ? { title } : {}),
      ...(text ? { text } : {}),
      buttons,
    })),
    ...below,
  };
}

function drawCard(card: Json, no: number, files: ReadonlyMap<Json, ShownFile>) {
  return {
    media: isObject(card.media) ? files.get(card.media) : undefined,
    title: card.title as string | undefined,
    text: card.description as string | undefined,
    buttons: buttonsOf(card.suggestions, `card${no}`, 'inline').map((button) => [button]),
  };
}

function kindOf({ mimeType }: ShownFile): 'image' | 'video' | 'audio' | 'document' {
  const family = mimeType.split('/')[0];
  if (mimeType === 'application/ogg') return 'audio';
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

function buttonsOf(suggestions: unknown, where: string, style: Button['style']): Button[] {
  return ((suggestions ?? []) as Json[]).map((suggestion, i) => {
    const pressed = (suggestion.reply ?? suggestion.action) as Json;
    return { id: `${where}:${i}`, text: String(pressed.text), style, ...doingOf(suggestion) };
  });
}

function doingOf({ action }: Json): Pick<Button, 'kind' | 'url'> {
  if (!isObject(action)) return { kind: 'reply' };
  const { openUrlAction, dialAction, viewLocationAction, shareLocationAction } = action as Record<
    string,
    Json | undefined
  >;
  if (openUrlAction) {
    return { kind: openUrlAction.application === 'WEBVIEW' ? 'webview' : 'link', url: String(openUrlAction.url) };
  }
  if (dialAction) return { kind: 'call', url: `tel:${String(dialAction.phoneNumber)}` };
  if (shareLocationAction) return { kind: 'location_request' };
  if (viewLocationAction) {
    const { latitude, longitude } = (viewLocationAction.latLong ?? {}) as Json;
    const query = latitude === undefined ? String(viewLocationAction.query) : `${latitude},${longitude}`;
    return { kind: 'link', url: `https://www.google.com/maps/search/?api=1&query=${encodeURIComponent(query)}` };
  }
  // A date for the calendar: the device takes it without going anywhere.
  return { kind: 'postback' };
}

/** The suggestion that a button stands for, by the button's id. */
export function suggestionOf(content: Json, buttonId: string): Json | undefined {
  const [where = '', index = ''] = buttonId.split(':');
  if (where === 'chip') return (content.suggestions as Json[] | undefined)?.[Number(index)];
  const rich = (isObject(content.richCard) ? content.richCard : {}) as Record<string, Json | undefined>;
  const cards = rich.standaloneCard
    ? [rich.standaloneCard.cardContent]
    : ((rich.carouselCard?.cardContents ?? []) as unknown[]);
  const card = cards[Number(where.replace(/^card/, ''))] as Json | undefined;
  return (card?.suggestions as Json[] | undefined)?.[Number(index)];
}
