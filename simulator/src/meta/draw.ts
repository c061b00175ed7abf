import type { PhoneMessage } from '../control.ts';
import type { StoredFile } from '../files.ts';
import { isObject } from '../http.ts';
import type { WhatsappAccount } from './account.ts';
import { drawMarkup } from './markup.ts';
import { fillTemplate } from './templates.ts';

type Json = Record<string, unknown>;
type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };
type Buttons = NonNullable<PhoneMessage['buttons']>;
type FindFile = (id: string, kind: string) => StoredFile;

/** A message as the phone shows it, and the links that Meta will fetch for it. */
export interface Drawn {
  view: View;
  links: { url: string; view: View; kind: string }[];
}

/** Draws a checked message; throws where it names media or templates that do not exist. */
export function draw(account: WhatsappAccount, type: string, body: Json, find: FindFile): Drawn {
  const drawn: Drawn = { view: { kind: 'text' }, links: [] };
  const content = body[type] as Json;
  switch (type) {
    case 'text':
      Object.assign(drawn.view, drawMarkup(content.body as string));
      break;
    case 'location':
      drawn.view = {
        kind: 'location',
        location: {
          latitude: Number(content.latitude),
          longitude: Number(content.longitude),
          ...(typeof content.name === 'string' ? { name: content.name } : {}),
          ...(typeof content.address === 'string' ? { address: content.address } : {}),
        },
      };
      break;
    case 'contacts':
      drawn.view = { kind: 'contact', text: (body.contacts as Json[]).map(cardOf).join('\n\n') };
      break;
    case 'reaction':
      drawn.view = { kind: 'service', text: String(content.emoji) };
      break;
    case 'interactive':
      drawInteractive(drawn, content, find);
      break;
    case 'template': {
      const filled = fillTemplate(account.templates, content);
      Object.assign(drawn.view, drawMarkup(filled.text));
      if (filled.header) drawHeader(drawn, filled.header, find);
      const buttons = filled.buttons.map((button): Buttons[number] => [
        { ...button, kind: button.url ? 'link' : 'reply' },
      ]);
      if (buttons.length > 0) drawn.view.buttons = buttons;
      break;
    }
    default:
      drawMedia(drawn, type, content, find);
  }
  return drawn;
}

function drawMedia(drawn: Drawn, kind: string, media: Json, find: FindFile): void {
  drawn.view.kind = kind as View['kind'];
  drawn.view.mediaUrl = sourceOf(drawn, kind, media, find);
  if (typeof media.filename === 'string') drawn.view.filename = media.filename;
  if (typeof media.caption === 'string' && media.caption) Object.assign(drawn.view, drawMarkup(media.caption));
}

function sourceOf(drawn: Drawn, kind: string, media: Json, find: FindFile): string {
  if (typeof media.id === 'string') {
    const file = find(media.id, kind);
    return file.bytes ? `/lab/files/${file.id}` : (file.url ?? '');
  }
  drawn.links.push({ url: media.link as string, view: drawn.view, kind });
  return media.link as string;
}

function drawHeader(drawn: Drawn, header: Json, find: FindFile): void {
  const kind = header.type as string;
  if (kind === 'text') drawn.view.header = String(header.text);
  else if (isObject(header[kind])) {
    if (drawn.view.kind === 'text') drawn.view.kind = kind as View['kind'];
    drawn.view.mediaUrl = sourceOf(drawn, kind, header[kind], find);
    if (typeof header[kind].filename === 'string') drawn.view.filename = header[kind].filename;
  }
}

function drawInteractive(drawn: Drawn, interactive: Json, find: FindFile): void {
  const { view } = drawn;
  const action = interactive.action as Json;
  if (isObject(interactive.body)) Object.assign(view, drawMarkup(String(interactive.body.text)));
  if (isObject(interactive.footer)) view.footer = String(interactive.footer.text);
  if (isObject(interactive.header)) drawHeader(drawn, interactive.header, find);
  switch (interactive.type) {
    case 'button':
      view.buttons = (action.buttons as Json[]).map(({ reply }) => [replyButton(reply as Json)]);
      break;
    case 'list':
      view.kind = 'list';
      view.list = {
        button: String(action.button),
        sections: action.sections as NonNullable<PhoneMessage['list']>['sections'],
      };
      break;
    case 'cta_url':
      view.buttons = [[linkButton(action)]];
      break;
    case 'location_request_message':
      view.buttons = [[{ id: 'send_location', text: 'Send location', kind: 'location_request' }]];
      break;
    case 'request_contact_info':
      view.buttons = [[{ id: 'request_contact_info', text: 'Share phone number', kind: 'contact_request' }]];
      break;
    case 'flow':
      view.buttons = [[{ id: 'flow', text: String((action.parameters as Json).flow_cta), kind: 'link' }]];
      break;
    case 'carousel':
      view.cards = (action.cards as Json[]).map((card) => drawCard(drawn, card, find));
      break;
    default:
      view.buttons = [[{ id: 'catalog', text: 'View items', kind: 'link' }]];
  }
}

function drawCard(drawn: Drawn, card: Json, find: FindFile): NonNullable<PhoneMessage['cards']>[number] {
  const header = card.header as Json;
  const kind = header.type as string;
  const action = card.action as Json;
  const buttons = Array.isArray(action.buttons)
    ? (action.buttons as Json[]).map(({ quick_reply }) => [replyButton(quick_reply as Json)])
    : [[linkButton(action)]];
  return {
    mediaUrl: sourceOf(drawn, kind, header[kind] as Json, find),
    ...(isObject(card.body) ? { text: String(card.body.text) } : {}),
    buttons,
  };
}

const replyButton = (reply: Json): Buttons[number][number] => ({
  id: String(reply.id),
  text: String(reply.title),
  kind: 'reply',
});

function linkButton(action: Json): Buttons[number][number] {
  const { display_text, url } = action.parameters as Json;
  return { id: String(url), text: String(display_text), kind: 'link', url: String(url) };
}

function cardOf(contact: Json): string {
  const phones = Array.isArray(contact.phones) ? contact.phones.filter(isObject).map(({ phone }) => String(phone)) : [];
  return [String((contact.name as Json).formatted_name), ...phones].join('\n');
}
