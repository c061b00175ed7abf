import type { Capabilities } from '@tributary/protocol';

const MAX_FILE = 10 * 1024 * 1024;

/**
 * What our own widget shows. Where no provider sets a limit, these are decisions, large enough for the APIs of Smooch and Linktor.
 * `buy` is not among the buttons, because the widget has no checkout: it is said as text.
 */
export const capabilities: Capabilities = {
  text: { out: 'full', in: 'full', max: 4096, countAs: 'utf16', markup: 'markdown-subset' },
  caption: { max: 4096, on: ['image', 'video', 'audio', 'document'] },
  buttons: {
    out: 'full',
    in: 'full',
    max: 10,
    titleMax: 40,
    payloadMax: 2048,
    kinds: ['reply', 'postback', 'link', 'call', 'location_request', 'share', 'webview'],
    mixKinds: true,
    bodyMax: 4096,
    headerKinds: ['image', 'video', 'audio', 'document'],
  },
  quickReplies: {
    out: 'full',
    in: 'full',
    max: 13,
    titleMax: 40,
    payloadMax: 2048,
    payloads: true,
    special: ['location_request'],
  },
  list: {
    out: 'full',
    in: 'full',
    sectionsMax: 10,
    rowsMax: 100,
    sectionTitleMax: 40,
    rowTitleMax: 80,
    rowDescriptionMax: 200,
    rowPayloadMax: 2048,
    buttonLabelMax: 40,
  },
  card: { out: 'full', titleMax: 200, textMax: 2000, buttonsMax: 3 },
  carousel: {
    out: 'full',
    in: 'full',
    cardsMin: 1,
    cardsMax: 10,
    cardTitleMax: 200,
    cardTextMax: 2000,
    buttonsPerCardMax: 3,
  },
  image: {
    out: 'full',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
    maxBytes: MAX_FILE,
  },
  video: { out: 'full', in: 'full', mimeTypes: ['video/mp4', 'video/webm'], maxBytes: MAX_FILE },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/webm', 'audio/wav'],
    maxBytes: MAX_FILE,
  },
  document: { out: 'full', in: 'full', maxBytes: MAX_FILE },
  sticker: { out: 'full', in: 'dropped', note: 'Shown as a picture.' },
  attachments: { max: 5, album: true },
  location: { out: 'full', in: 'full' },
  contact: { out: 'full', in: 'dropped', max: 20 },
  template: { out: 'fallback', note: 'Filled in by us and sent as a normal message.' },
  reaction: { out: 'full', in: 'full' },
  reply: { out: 'full', in: 'full' },
  edit: { out: 'full', in: 'dropped' },
  remove: { out: 'full', in: 'dropped' },
  typing: { out: 'full', in: 'full' },
  deliveryReceipt: { in: 'full' },
  readReceipt: { out: 'full', in: 'full' },
  // Anybody who has been on the page can be written to; they see it when they come back.
  startsConversation: 'yes',
  // The far end is our own log: far above what one channel sends, so that a loop gone wild is still stopped.
  rate: { perSecond: 2_000, burst: 2_000, perRecipientPerSecond: 50, recipientBurst: 50 },
  // The widget knows a frame by its id, so saying it again is harmless.
  onUnknown: 'resend',
};
