import type { ProviderRequest } from '../adapter.ts';
import { type Json, readObject, readObjects } from '../common/json.ts';

/**
 * What Meta would find wrong with a request, by the limits of its pages (messages, interactive messages, media). Written from those pages, not
 * from `render`, so that the tests hold the one against the other.
 */
export function findFaults(request: ProviderRequest): string[] {
  const faults: string[] = [];
  const body = readObject(request.body) ?? {};
  const must = (holds: boolean, says: string): void => {
    if (!holds) faults.push(says);
  };
  must(/^\/v\d+\.\d+\/\d+\/messages$/.test(request.path), `path ${request.path}`);
  must(body.messaging_product === 'whatsapp', 'messaging_product');
  if (body.status === 'read') {
    must(isText(body.message_id, 1000), 'message_id');
    return faults;
  }
  const to = body.to ?? body.recipient;
  must((body.to === undefined) !== (body.recipient === undefined), 'exactly one of to and recipient');
  must(body.recipient_type === 'group' || typeof to === 'string', 'recipient');
  if (body.recipient_type === 'individual' && body.to !== undefined) must(/^\+\d{5,20}$/.test(String(body.to)), 'to');
  must(isText(body.biz_opaque_callback_data, 512), 'biz_opaque_callback_data');
  const kind = String(body.type);
  const said = body[kind];
  const object = readObject(said) ?? {};
  switch (kind) {
    case 'text':
      must(isText(object.body, 4096), 'text body of 1 to 4096');
      break;
    case 'image':
    case 'video':
    case 'document':
      must(isFile(object), 'link or id');
      must(object.caption === undefined || isText(object.caption, 1024), 'caption of 1 to 1024');
      break;
    case 'audio':
    case 'sticker':
      must(isFile(object), 'link or id');
      must(!('caption' in object), 'no caption here');
      break;
    case 'location':
      must(typeof object.latitude === 'string' && typeof object.longitude === 'string', 'coordinates as texts');
      break;
    case 'contacts': {
      const cards = readObjects(said);
      must(cards.length >= 1 && cards.length <= 5, '1 to 5 contacts');
      for (const { name } of cards.map((card) => ({ name: readObject(card.name) ?? {} }))) {
        must(isText(name.formatted_name, 1000) && isText(name.first_name, 1000), 'a name and one of its parts');
      }
      break;
    }
    case 'reaction':
      must(isText(object.message_id, 1000) && typeof object.emoji === 'string', 'message_id and emoji');
      must(body.context === undefined, 'a reaction has no context');
      break;
    case 'template':
      must(/^[a-z0-9_]{1,512}$/.test(String(object.name)), 'template name');
      must(isText(readObject(object.language)?.code, 20), 'language code');
      break;
    case 'interactive':
      faults.push(...findInteractiveFaults(object));
      break;
    default:
      faults.push(`type ${kind}`);
  }
  return faults;
}

function findInteractiveFaults(interactive: Json): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, says: string): void => {
    if (!holds) faults.push(says);
  };
  const action = readObject(interactive.action) ?? {};
  const header = readObject(interactive.header);
  const text = readObject(interactive.body)?.text;
  const footer = readObject(interactive.footer);
  must(isText(text, interactive.type === 'list' ? 4096 : 1024), 'body');
  must(!footer || isText(footer.text, 60), 'footer of 1 to 60');
  must(header?.type !== 'text' || isText(header.text, 60), 'text header of 1 to 60');
  switch (interactive.type) {
    case 'button': {
      const replies = readObjects(action.buttons).map((button) => readObject(button.reply) ?? {});
      must(replies.length >= 1 && replies.length <= 3, '1 to 3 buttons');
      for (const reply of replies) must(isText(reply.title, 20) && isText(reply.id, 256), 'button title 20, id 256');
      must(new Set(replies.map((reply) => reply.title)).size === replies.length, 'titles differ');
      break;
    }
    case 'list': {
      const sections = readObjects(action.sections);
      const rows = sections.flatMap((section) => readObjects(section.rows));
      must(isText(action.button, 20), 'list button of 1 to 20');
      must(!header || header.type === 'text', 'a list has a text header only');
      must(sections.length >= 1 && sections.length <= 10, '1 to 10 sections');
      must(rows.length >= 1 && rows.length <= 10, '1 to 10 rows in all');
      for (const { title } of sections) {
        must(title === undefined ? sections.length === 1 : isText(title, 24), 'section title of 1 to 24');
      }
      for (const row of rows) {
        must(isText(row.title, 24) && isText(row.id, 200), 'row title 24, id 200');
        must(row.description === undefined || isText(row.description, 72), 'row description 72');
      }
      break;
    }
    case 'cta_url':
      must(isLinkAction(action), 'one link with a label of 1 to 20');
      break;
    case 'location_request_message':
      must(action.name === 'send_location' && !header && !footer, 'location request');
      break;
    case 'carousel': {
      const cards = readObjects(action.cards);
      must(cards.length >= 2 && cards.length <= 10, '2 to 10 cards');
      must(!header && !footer, 'no header or footer');
      const shapes = new Set<string>();
      cards.forEach((card, index) => {
        const top = readObject(card.header) ?? {};
        const words = readObject(card.body)?.text;
        const press = readObject(card.action) ?? {};
        const replies = readObjects(press.buttons).map((button) => readObject(button.quick_reply) ?? {});
        must(card.card_index === index && card.type === 'cta_url', 'card_index and type');
        must(top.type === 'image' || top.type === 'video', 'a picture or film on each card');
        must(words === undefined || isText(words, 160), 'card body of 1 to 160');
        must(String(words ?? '').split('\n').length <= 3, 'at most two line breaks');
        must(replies.length > 0 ? replies.length <= 2 : isLinkAction(press), 'one link, or 1 to 2 replies');
        for (const reply of replies) must(isText(reply.title, 20) && isText(reply.id, 256), 'reply title 20, id 256');
        shapes.add(`${top.type} ${replies.length}`);
      });
      must(shapes.size === 1, 'the same media and buttons on all cards');
      break;
    }
    default:
      faults.push(`interactive type ${String(interactive.type)}`);
  }
  return faults;
}

const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= max;

/** `upload` is an id by the time it is sent. */
const isFile = (file: Json): boolean =>
  (typeof file.link === 'string' && /^https:\/\//.test(file.link)) !==
  (typeof file.id === 'string' || typeof file.upload === 'object');

function isLinkAction(action: Json): boolean {
  const parameters = readObject(action.parameters) ?? {};
  return action.name === 'cta_url' && isText(parameters.display_text, 20) && isText(parameters.url, 2000);
}
