import type { Capabilities } from '@tributary/protocol';

const KB = 1024;
const MB = 1024 * KB;

/**
 * What the Cloud API carries, from Meta’s pages of 2026: messages, interactive messages, media, throughput. Where its pages differ, the number
 * that is safe.
 */
export const capabilities: Capabilities = {
  // Meta does not say what a character is; UTF-16 units are the strictest reading. Its markup cannot be escaped.
  text: { out: 'full', in: 'full', max: 4096, countAs: 'utf16', markup: 'whatsapp' },
  caption: { max: 1024, on: ['image', 'video', 'document'] },
  buttons: {
    out: 'full',
    in: 'full',
    max: 3,
    titleMax: 20,
    payloadMax: 256,
    // A reply button stays and sends its id back, so it says a postback as well as a reply.
    kinds: ['reply', 'postback', 'link', 'location_request'],
    mixKinds: false,
    bodyMax: 1024,
    linkMax: 1,
    headerKinds: ['image', 'video', 'document'],
    uniqueTitles: true,
  },
  quickReplies: {
    out: 'partial',
    in: 'full',
    // As rows of a list beyond three, and a row’s id is shorter than a button’s.
    max: 10,
    titleMax: 20,
    payloadMax: 200,
    note: '1 to 3 as buttons, 4 to 10 as a list, more as numbered text',
  },
  list: {
    out: 'full',
    in: 'full',
    sectionsMax: 10,
    rowsMax: 10,
    sectionTitleMax: 24,
    rowTitleMax: 24,
    rowDescriptionMax: 72,
    rowPayloadMax: 200,
    buttonLabelMax: 20,
    bodyMax: 4096,
    headerMax: 60,
    footerMax: 60,
  },
  // One message with a picture above its buttons. The title is the body’s bold first line, so it and its markup count.
  card: {
    out: 'partial',
    titleMax: 80,
    textMax: 1020,
    buttonsMax: 3,
    note: 'reply buttons or one link button with a picture above',
  },
  carousel: {
    out: 'full',
    in: 'full',
    cardsMin: 2,
    cardsMax: 10,
    // A card has one text of 160 characters and no title: the title becomes its bold first line.
    cardTitleMax: 60,
    cardTextMax: 97,
    buttonsPerCardMax: 2,
    // Meta’s page says 256, an edition of it 20.
    payloadMax: 20,
    mediaRequired: true,
    kinds: ['reply', 'postback', 'link'],
    bodyMax: 1024,
    note: 'inside the window; every card needs a picture or a film, and the same buttons',
  },
  image: { out: 'full', in: 'full', mimeTypes: ['image/jpeg', 'image/png'], maxBytes: 5 * MB },
  video: { out: 'full', in: 'full', mimeTypes: ['video/mp4', 'video/3gpp'], maxBytes: 16 * MB },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg; codecs=opus'],
    maxBytes: 16 * MB,
  },
  // Meta lists office formats, text and PDF; others pass in practice.
  document: { out: 'full', in: 'full', maxBytes: 100 * MB },
  sticker: { out: 'full', in: 'full', mimeTypes: ['image/webp'], maxBytes: 100 * KB },
  location: { out: 'full', in: 'full', note: 'live locations come as unsupported' },
  contact: { out: 'full', in: 'full', max: 5 },
  template: { out: 'full', note: 'needed outside the 24 hours' },
  reaction: { out: 'full', in: 'full' },
  reply: { out: 'full', in: 'full' },
  edit: { out: 'rejected', in: 'partial', note: 'only for numbers shared with the Business app' },
  remove: { out: 'rejected', in: 'partial', note: 'only for numbers shared with the Business app' },
  typing: {
    out: 'partial',
    in: 'dropped',
    note: 'only as an answer to a message, which it marks as read; ends after 25 seconds',
  },
  deliveryReceipt: { in: 'full', note: 'delivered is left out while the chat is open' },
  readReceipt: { out: 'full', in: 'full', note: 'only where the person allows it' },
  window: { hours: 24, allows: 'template' },
  startsConversation: 'template',
  // 80 a second for the number; to one person one each six seconds, with 45 ahead.
  rate: { perSecond: 80, burst: 80, perRecipientPerSecond: 1 / 6, recipientBurst: 45 },
  // A status webhook with our part key tells first; only where none comes is it sent again.
  onUnknown: 'resend',
};
