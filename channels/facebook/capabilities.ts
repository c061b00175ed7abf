import type { Capabilities } from '@tributary/protocol';

const MB = 1024 * 1024;

/** What Messenger carries, from Meta’s pages of 2026: Send API, templates, quick replies, saving assets, policy, rate limits. */
export const capabilities: Capabilities = {
  // Meta does not say what a character is; UTF-16 units are the strictest reading. There is no markup; links become links.
  text: { out: 'full', in: 'full', max: 2000, countAs: 'utf16', markup: 'none' },
  buttons: {
    out: 'full',
    in: 'full',
    max: 3,
    titleMax: 20,
    payloadMax: 1000,
    kinds: ['postback', 'link', 'call', 'webview'],
    mixKinds: true,
    bodyMax: 640,
    // The media template: buttons under a picture or film that has no words.
    headerKinds: ['image', 'video'],
  },
  quickReplies: {
    out: 'full',
    in: 'full',
    max: 13,
    titleMax: 20,
    payloadMax: 1000,
    note: 'go away after the next message; may ask for the phone number or e-mail of the person’s profile',
  },
  list: { out: 'fallback', in: 'full', note: 'the list template is gone: quick replies up to 13, then numbered text' },
  card: { out: 'full', titleMax: 80, textMax: 80, buttonsMax: 3 },
  carousel: {
    out: 'full',
    in: 'full',
    cardsMin: 1,
    cardsMax: 10,
    cardTitleMax: 80,
    cardTextMax: 80,
    buttonsPerCardMax: 3,
  },
  image: {
    out: 'full',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    maxBytes: 25 * MB,
    urlMaxBytes: 8 * MB,
  },
  video: { out: 'full', in: 'full', mimeTypes: ['video/mp4'], maxBytes: 25 * MB },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: ['audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/wav'],
    maxBytes: 25 * MB,
  },
  document: { out: 'full', in: 'full', maxBytes: 25 * MB, note: 'the file’s name is that of its link' },
  sticker: {
    out: 'partial',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    maxBytes: 25 * MB,
    note: 'Meta’s free ones by id; others as a picture',
  },
  location: { out: 'fallback', in: 'full' },
  contact: { out: 'fallback', in: 'partial', note: 'only the number or e-mail that a quick reply asks for' },
  template: { out: 'partial', note: 'approved utility templates, also when the window is closed' },
  reaction: { out: 'full', in: 'full' },
  reply: { out: 'full', in: 'full' },
  edit: { out: 'rejected', in: 'full', note: 'people edit up to five times' },
  remove: { out: 'rejected', in: 'dropped', note: 'Meta does not tell when somebody takes a message back' },
  typing: { out: 'full', in: 'dropped', note: 'ends after 20 seconds' },
  deliveryReceipt: { in: 'full', note: 'by message; failures only in the answer to the send' },
  readReceipt: { out: 'full', in: 'full', note: 'a moment up to which everything was read' },
  window: { hours: 24, allows: 'template', tags: [{ tag: 'HUMAN_AGENT', hours: 7 * 24, authors: ['agent'] }] },
  startsConversation: 'no',
  // 300 a second for texts, 10 for films and sound; above 40 the page’s own inbox stops working.
  rate: { perSecond: 40, burst: 40 },
  // An echo with our part key tells first; only where none comes is it sent again.
  onUnknown: 'resend',
};
