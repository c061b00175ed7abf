import type { Capabilities } from '@tributary/protocol';
import { PAYLOAD_MAX } from './taps.ts';

const MB = 1024 * 1024;

/**
 * Numbers are those of the REST Bot API 7.3 (https://developers.viber.com/docs/api/rest-bot-api/) and its page on keyboards. Where Viber’s pages
 * differ among themselves or from what gateways saw, the smaller number.
 */
export const CAPABILITIES: Capabilities = {
  // Viber reads the same marks as WhatsApp, since its apps of 14.6. It does not say what a character is; UTF-16 units are the strictest reading.
  text: { out: 'full', in: 'full', max: 7000, countAs: 'utf16', markup: 'whatsapp' },
  caption: { max: 512, on: ['image'] },
  buttons: {
    out: 'full',
    in: 'partial',
    note: 'A keyboard, which the next message replaces. A tap comes back as text and is told by what we wrote on the button.',
    // A keyboard has 24 rows.
    max: 24,
    titleMax: 250,
    payloadMax: PAYLOAD_MAX,
    kinds: ['reply', 'postback', 'link', 'location_request'],
    mixKinds: true,
    bodyMax: 7000,
    headerKinds: ['image', 'video', 'document'],
    uniqueTitles: true,
  },
  quickReplies: {
    out: 'full',
    in: 'partial',
    note: 'The same keyboard.',
    max: 24,
    titleMax: 250,
    payloadMax: PAYLOAD_MAX,
    payloads: true,
  },
  list: { out: 'fallback', in: 'partial', note: 'A keyboard, one row a line.' },
  card: { out: 'full', titleMax: 250, textMax: 250, buttonsMax: 2, note: 'Rich media of one block; it stays.' },
  carousel: {
    out: 'full',
    in: 'partial',
    cardsMin: 1,
    cardsMax: 6,
    cardTitleMax: 250,
    cardTextMax: 250,
    buttonsPerCardMax: 2,
    kinds: ['reply', 'postback', 'link'],
    note: 'Rich media, for apps of API version 7; older ones read the cards as text.',
  },
  image: {
    out: 'full',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    maxBytes: MB,
    note: 'A GIF does not move.',
  },
  video: { out: 'full', in: 'full', mimeTypes: ['video/mp4'], maxBytes: 26 * MB, note: 'At most 180 seconds.' },
  audio: { out: 'fallback', in: 'partial', note: 'As a file.' },
  document: { out: 'full', in: 'full', maxBytes: 50 * MB, note: 'Viber refuses executables.' },
  sticker: {
    out: 'partial',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    maxBytes: MB,
    note: 'Viber’s own stickers by their number; others as a picture.',
  },
  location: { out: 'full', in: 'full', note: 'A name and an address follow as text.' },
  contact: { out: 'full', in: 'full', max: 1, note: 'Name and one number; more follows as text.' },
  template: { out: 'fallback' },
  reaction: { out: 'dropped', in: 'dropped' },
  reply: { out: 'dropped', in: 'dropped' },
  edit: { out: 'rejected', in: 'dropped' },
  remove: { out: 'rejected', in: 'dropped' },
  typing: { out: 'dropped', in: 'dropped' },
  deliveryReceipt: { in: 'full' },
  readReceipt: { out: 'dropped', in: 'full' },
  startsConversation: 'no',
  // Viber names no rate for a bot, and 100 messages an hour to one person who does not answer: what it refuses for that waits (send.ts).
  rate: { perSecond: 40, burst: 80 },
  // There is no key of ours and no look-up, so nothing can tell what became of a request that got no answer.
  onUnknown: 'resend',
};
