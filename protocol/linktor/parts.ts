import type { Action, Attachment, Card, ContactCard, ListSection, Media } from '../content.ts';
import type { Node } from './node.ts';

/** Leaves out absent members, so that equal content compares equal. */
export const present = <T extends object>(members: T): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;

/** A button, however it is spelled: the SDK's, the documents', Meta's, WhatsApp's or ours. */
export function readAction(node: Node): Action | undefined {
  if (node.isText) return { type: 'reply', text: node.needWords() };
  if (!node.object()) {
    node.fault('is required');
    return undefined;
  }
  const inner = node.at('reply', 'quick_reply');
  const from = inner.isObject ? inner : node;
  const type = node.at('type', 'contentType', 'content_type').text();
  const title = from.at('text', 'title', 'label');
  const payload = from.at('payload', 'id', 'postbackData', 'callbackData', 'callback_data');
  const url = node.at('url', 'link');
  switch (type) {
    case undefined:
    case 'reply':
    case 'quick_reply':
    case 'text':
      if (url.isPresent) return { type: 'link', text: title.needWords(), url: url.needWords() };
      return present<Action>({
        type: 'reply',
        text: title.needWords(),
        payload: payload.text(),
        imageUrl: from.at('imageUrl', 'image_url').text(),
      });
    case 'url':
    case 'web_url':
    case 'link':
      return { type: 'link', text: title.needWords(), url: url.needWords() };
    case 'call':
    case 'phone':
    case 'phone_number': {
      const phone = node.at('phone', 'phoneNumber', 'phone_number', 'payload');
      return { type: 'call', text: title.needWords(), phone: phone.needWords() };
    }
    case 'postback':
      return { type: 'postback', text: title.needWords(), payload: payload.text() ?? title.needText() };
    case 'location_request':
    case 'location':
      return { type: 'location_request', text: title.isPresent ? title.needWords() : '📍' };
    case 'share':
    case 'element_share':
      return present<Action>({ type: 'share', text: title.text() });
    case 'buy':
      return {
        type: 'buy',
        text: title.needWords(),
        amount: amountOf(node.at('amount')),
        currency: currencyOf(node.at('currency')),
      };
    case 'webview':
      return present<Action>({
        type: 'webview',
        text: title.needWords(),
        url: url.needWords(),
        fallback: node.at('fallback').text(),
      });
    case 'user_phone_number':
    case 'user_email':
      // We have no word for this yet: the payload names it, for the channel that can ask.
      return { type: 'reply', text: title.text() || (type === 'user_email' ? '✉️' : '📞'), payload: type };
    default:
      node.at('type').fault(`“${type}” is not a kind of button; use reply, postback, url, call or location_request`);
      return undefined;
  }
}

function amountOf(node: Node): number {
  const amount = node.needNumber();
  if (!Number.isInteger(amount)) node.fault('must be a whole number of the currency’s smallest unit');
  return amount;
}

function currencyOf(node: Node): string {
  const code = node.needText();
  if (node.isText && code.length !== 3) node.fault('must be a code of three letters');
  return code;
}

export const readActions = (node: Node): Action[] => node.items().flatMap((item) => readAction(item) ?? []);

/** RCS suggestions: a reply, or an action that dials, opens a page, asks for a place or makes an appointment. */
export function readSuggestion(node: Node): Action | undefined {
  const reply = node.at('reply');
  if (reply.isPresent)
    return present<Action>({
      type: 'reply',
      text: reply.at('text').needWords(),
      payload: reply.at('postbackData').text(),
    });
  const action = node.at('action');
  if (!action.object()) return node.fault('needs a reply or an action');
  const text = action.at('text').needWords();
  const dial = action.at('dialAction');
  if (dial.isPresent) return { type: 'call', text, phone: dial.at('phoneNumber').needWords() };
  const open = action.at('openUrlAction');
  if (open.isPresent) return { type: 'link', text, url: open.at('url').needWords() };
  if (action.at('shareLocationAction').isPresent) return { type: 'location_request', text };
  const view = action.at('viewLocationAction');
  if (view.isPresent) {
    const place = view.at('latLong').isPresent ? view.at('latLong') : view;
    const query =
      view.at('query').text() ?? `${place.at('latitude').needNumber()},${place.at('longitude').needNumber()}`;
    return { type: 'link', text, url: `https://www.google.com/maps?q=${encodeURIComponent(query)}` };
  }
  const event = action.at('createCalendarEventAction');
  if (event.isPresent) return { type: 'link', text, url: calendarLink(event) };
  return { type: 'postback', text, payload: action.at('postbackData').text() ?? text };
}

/** An appointment as a link that any calendar of the web can open. */
function calendarLink(event: Node): string {
  const compact = (time: string | undefined): string => (time ?? '').replace(/[-:]|\.\d+/g, '');
  const query = new URLSearchParams({
    action: 'TEMPLATE',
    text: event.at('title').text() ?? '',
    dates: `${compact(event.at('startTime').text())}/${compact(event.at('endTime').text())}`,
    details: event.at('description').text() ?? '',
  });
  return `https://calendar.google.com/calendar/render?${query}`;
}

/** A file, as an address alone or with what is known of it. */
export function readMedia(node: Node): Media {
  if (node.isText) return { url: node.needWords() };
  if (!node.isPresent) node.fault('is required');
  node.object();
  const ref = node.at('ref').record();
  const media: Media = present({
    url: node.at('url', 'link', 'fileUrl').text(),
    mediaId: node.at('mediaId').text(),
    ref: ref && { ...ref },
    mimeType: node.at('mimeType', 'contentType', 'mime_type').text(),
    filename: node.at('filename', 'fileName').text(),
    size: node.at('size').number(),
    thumbnailUrl: node.at('thumbnailUrl').text(),
    voice: node.at('voice').boolean(),
  });
  if (node.isObject && !media.url && !media.mediaId && !media.ref) node.at('url').fault('is required');
  return media;
}

export function readAttachment(node: Node): Attachment {
  const inline = node.at('content').text();
  const type = node.at('type').text();
  const media = node.at('media').isPresent
    ? readMedia(node.at('media'))
    : inline !== undefined
      ? inlineFile(node, inline)
      : readMedia(node);
  const kind =
    type && ['image', 'video', 'audio', 'document'].includes(type) ? (type as Attachment['type']) : undefined;
  if (type && !kind && !node.at('mimeType', 'contentType').isPresent && !type.includes('/'))
    node.at('type').fault('must be image, video, audio or document');
  return { type: kind ?? kindOfType(media.mimeType), media };
}

/** Bytes in the request itself, base64 as mail programs write it. */
function inlineFile(node: Node, content: string): Media {
  const mimeType = node.at('contentType', 'mimeType').text() ?? 'application/octet-stream';
  return present({
    url: `data:${mimeType};base64,${content.replace(/\s/g, '')}`,
    mimeType,
    filename: node.at('filename').text(),
  });
}

function kindOfType(mimeType: string | undefined): Attachment['type'] {
  const family = mimeType?.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

/** A card: ours, the web chat's (`subtitle`, `imageUrl`) or an element of Meta's generic template. */
export function readCard(node: Node): Card {
  const media = node.at('media');
  const image = node.at('imageUrl', 'image_url');
  const actions = [
    ...readActions(node.at('actions', 'buttons')),
    ...node
      .at('suggestions')
      .items()
      .flatMap((item) => readSuggestion(item) ?? []),
  ];
  const tap = node.at('defaultAction', 'default_action').at('url').text();
  const title = node.at('title').needText();
  // A tap on the card itself leads somewhere: where no button does, one is made.
  if (tap && title && !actions.some((action) => action.type === 'link' && action.url === tap))
    actions.push({ type: 'link', text: title, url: tap });
  return present({
    title,
    text: node.at('text', 'subtitle', 'description').text(),
    media: media.isPresent
      ? readMedia(media.at('contentInfo').isPresent ? media.at('contentInfo') : media)
      : image.isPresent
        ? readMedia(image)
        : undefined,
    actions: node.at('actions').isList || actions.length > 0 ? actions : undefined,
  });
}

export function readSections(node: Node): ListSection[] {
  return node.needItems().map((section) =>
    present({
      title: section.at('title').text(),
      rows: section
        .at('rows')
        .needItems()
        .map((row) => {
          const title = row.at('title', 'text', 'label').needWords();
          return present({
            title,
            description: row.at('description').text(),
            payload: row.at('payload', 'id').text() ?? title,
          });
        }),
    }),
  );
}

export function readContact(node: Node): ContactCard {
  const name = node.at('name');
  return present({
    name: name.isObject ? name.at('formatted_name', 'formattedName').needText() : name.needText(),
    phones: listed(node.at('phones'), 'phone'),
    emails: listed(node.at('emails'), 'email'),
    organization: node.at('organization').text(),
    vcard: node.at('vcard').text(),
  });
}

/** Numbers and addresses as texts, or as WhatsApp's objects around them. */
function listed(node: Node, member: string): string[] | undefined {
  if (!node.isPresent) return undefined;
  return node.items().map((item) => (item.isObject ? item.at(member).needText() : item.needText()));
}
