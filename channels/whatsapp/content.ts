import type { ContactCard, Content, Media } from '@tributary/protocol';
import { type Json, present, readNumber, readObject, readObjects, readText } from '../common/json.ts';
import { readProviderError } from '../common/meta.ts';
import type { InboundMessage } from './payloads.ts';
import { toPhone } from './people.ts';

/** What a message says, from the object named like its type. What we have no word for is `unsupported`, with a reason; never a throw. */
export function toContent(message: InboundMessage, name?: string): Content {
  const type = readText(message.type) ?? 'unknown';
  const said = readObject(message[type]);
  // A file over 100 MB comes without its object and with an error instead.
  if (!said && type !== 'contacts') return unsupported(message, type);
  switch (type) {
    case 'text': {
      const text = readText(said?.body);
      return text === undefined ? unsupported(message, type) : { type: 'text', text };
    }
    case 'image':
    case 'video':
    case 'document':
      return { type, ...present({ text: readText(said?.caption) }), media: toMedia(said ?? {}) };
    case 'audio':
      return { type: 'audio', media: toMedia(said ?? {}, said?.voice === true) };
    // The on-premises API’s word for what is audio with `voice: true` today.
    case 'voice':
      return { type: 'audio', media: toMedia(said ?? {}, true) };
    case 'sticker':
      return { type: 'sticker', media: toMedia(said ?? {}) };
    case 'location':
      return toLocation(said ?? {}) ?? unsupported(message, type);
    case 'contacts': {
      const contacts = readObjects(message.contacts).map((one) => toContactCard(one, name));
      return contacts.length > 0 ? { type: 'contact', contacts } : unsupported(message, type);
    }
    case 'order':
      return {
        type: 'event',
        event: 'order',
        ...present({ text: readText(said?.text) }),
        detail: {
          catalogId: readText(said?.catalog_id),
          items: readObjects(said?.product_items).map((item) => ({
            productId: readText(item.product_retailer_id),
            quantity: readNumber(item.quantity),
            price: readNumber(item.item_price),
            currency: readText(item.currency),
          })),
        },
      };
    case 'interactive':
      return toInteractive(message, said ?? {});
    default:
      return unsupported(message, type);
  }
}

/** WhatsApp’s own handle; `url` is for five minutes and for the holder of the token, so it stays within the handle. */
function toMedia(file: Json, voice?: boolean): Media {
  return {
    ref: present({ id: readText(file.id), url: readText(file.url), sha256: readText(file.sha256) }) ?? {},
    ...present({ mimeType: readText(file.mime_type), filename: readText(file.filename) }),
    ...(voice ? { voice } : {}),
  };
}

function toLocation(place: Json): Content | undefined {
  const latitude = readNumber(place.latitude);
  const longitude = readNumber(place.longitude);
  if (latitude === undefined || longitude === undefined) return undefined;
  const words = present({ name: readText(place.name), address: readText(place.address) });
  return { type: 'location', location: { latitude, longitude, ...words } };
}

function toContactCard(card: Json, sender?: string): ContactCard {
  const written = readObject(card.name);
  const parts = [readText(written?.first_name), readText(written?.last_name)].filter(Boolean).join(' ');
  const phones = phonesOf(card);
  const emails = readObjects(card.emails).flatMap((one) => readText(one.email) ?? []);
  // Who shares the own number sends no name with it.
  const own = card.origin === 'contact_request' ? sender : undefined;
  return {
    name: readText(written?.formatted_name) ?? (parts || own || phones[0] || emails[0] || 'Contact'),
    ...(phones.length > 0 ? { phones } : {}),
    ...(emails.length > 0 ? { emails } : {}),
    ...present({ organization: readText(readObject(card.org)?.company), vcard: readText(card.vcard) }),
  };
}

/** A number on WhatsApp comes with its `wa_id`, which is E.164 without the plus; others stay as they were written. */
function phonesOf(card: Json): string[] {
  return readObjects(card.phones).flatMap((one) => toPhone(one.wa_id) ?? readText(one.phone) ?? []);
}

/** The sender’s own number, where they gave it because we asked for it. */
export function ownNumber(message: InboundMessage): string | undefined {
  if (message.type !== 'contacts') return undefined;
  const card = readObjects(message.contacts).find((one) => one.origin === 'contact_request');
  return card && phonesOf(card).find((phone) => /^\+\d{4,20}$/.test(phone));
}

/** A completed form, or a word on calls. Taps of buttons and rows are actions and never come here. */
function toInteractive(message: InboundMessage, said: Json): Content {
  const kind = readText(said.type);
  const of = readText(readObject(message.context)?.id);
  if (kind === 'nfm_reply') {
    const reply = readObject(said.nfm_reply) ?? {};
    const answers = readText(reply.response_json);
    return {
      type: 'event',
      event: 'form',
      ...present({ text: readText(reply.body), payload: answers, of }),
      detail: { name: readText(reply.name), answers: parseAnswers(answers) },
    };
  }
  if (kind === 'call_permission_reply') {
    return {
      type: 'event',
      event: 'call_permission',
      ...present({ of }),
      detail: readObject(said.call_permission_reply),
    };
  }
  return unsupported(message, kind ? `interactive ${kind}` : 'interactive');
}

/** The form’s author writes this JSON: it may be no object, or no JSON at all. The text itself stays in `payload`. */
function parseAnswers(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unsupported(message: InboundMessage, type: string): Content {
  const error = readObjects(message.errors)[0];
  const kind = readText(readObject(message.unsupported)?.type) ?? type;
  const what = kind === 'unsupported' || kind === 'unknown' ? 'a message' : `a message of the kind “${kind}”`;
  if (!error) return { type: 'unsupported', reason: `WhatsApp sent ${what} that we cannot read.` };
  const { providerCode, providerMessage } = readProviderError(error);
  return {
    type: 'unsupported',
    reason: `WhatsApp did not pass on ${what}: ${providerMessage ?? 'it gave no reason'} (${providerCode ?? 'no code'})`,
  };
}
