import type { Capabilities } from '@tributary/protocol';

const MB = 1024 * 1024;

/**
 * Numbers are those of the Messaging API reference (https://developers.line.biz/en/reference/messaging-api/). LINE counts texts in UTF-16 units, and
 * labels, payloads and the words of templates in graphemes: a Thai label of 20 may have 40 units. UTF-16 units are never fewer, so bodies and
 * payloads are safe with those.
 */
export const CAPABILITIES: Capabilities = {
  text: { out: 'full', in: 'full', max: 5000, countAs: 'utf16', markup: 'none' },
  labelsCountAs: 'graphemes',
  buttons: {
    out: 'full',
    in: 'full',
    max: 4,
    titleMax: 20,
    payloadMax: 300,
    kinds: ['postback', 'reply', 'link', 'call'],
    mixKinds: true,
    bodyMax: 160,
    note: 'A template, which older and desktop apps show as its text.',
  },
  quickReplies: {
    out: 'full',
    in: 'full',
    max: 13,
    titleMax: 20,
    payloadMax: 300,
    payloads: true,
    special: ['location_request'],
    note: 'On phones only; they go away with the next message.',
  },
  list: { out: 'fallback', in: 'full', note: 'Quick replies up to 13, else numbered text.' },
  // Beyond what a template holds (title 40, text 60), a card is a Flex message, for which no limit but its size in all is named.
  card: { out: 'full', titleMax: 100, textMax: 1000, buttonsMax: 4 },
  carousel: {
    out: 'full',
    in: 'full',
    cardsMin: 1,
    cardsMax: 10,
    cardTitleMax: 40,
    cardTextMax: 120,
    buttonsPerCardMax: 3,
    note: 'A template where all cards are alike, else a Flex message.',
  },
  image: { out: 'full', in: 'full', mimeTypes: ['image/jpeg', 'image/png'], maxBytes: 10 * MB },
  video: {
    out: 'partial',
    in: 'full',
    mimeTypes: ['video/mp4'],
    maxBytes: 200 * MB,
    note: 'With a picture to stand before it; without one it is a link.',
  },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: ['audio/mpeg', 'audio/mp4', 'audio/x-m4a'],
    maxBytes: 200 * MB,
    note: 'LINE shows the length we name, and we name a minute where it is not known.',
  },
  document: { out: 'fallback', in: 'full', note: 'As a link.' },
  sticker: {
    out: 'partial',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png'],
    note: 'LINE’s own stickers by package and number; others as a picture.',
  },
  location: { out: 'full', in: 'full' },
  contact: { out: 'fallback', in: 'dropped' },
  template: { out: 'fallback' },
  reaction: { out: 'dropped', in: 'dropped' },
  reply: { out: 'full', in: 'full', note: 'Messages of the customer’s, quoted by words or a sticker.' },
  edit: { out: 'rejected', in: 'dropped' },
  remove: { out: 'rejected', in: 'full' },
  typing: { out: 'full', in: 'dropped', note: 'In direct chats; it ends with our message, or after 20 seconds.' },
  deliveryReceipt: { in: 'dropped', note: 'LINE gives bots no receipts: a message stays at “sent”.' },
  readReceipt: { out: 'full', in: 'dropped', note: 'LINE gives bots no receipts: a message stays at “sent”.' },
  startsConversation: 'no',
  // 2000 requests a second for each endpoint.
  rate: { perSecond: 2000, burst: 2000 },
  // A push is sent again with the same retry key, so LINE itself sees to it that it is said once. A reply has no key (README).
  onUnknown: 'resend',
};
