import type { Capabilities } from '@tributary/protocol';

const MB = 1024 * 1024;

/** What Instagram carries, from Meta’s pages of 2026: send a message, templates, quick replies, upload media, policy. */
export const capabilities: Capabilities = {
  // Bytes, not characters: “é” is two, an emoji four and more.
  text: { out: 'full', in: 'full', max: 1000, countAs: 'bytes-utf8', markup: 'none' },
  buttons: {
    out: 'full',
    in: 'full',
    max: 3,
    titleMax: 20,
    payloadMax: 1000,
    kinds: ['postback', 'link'],
    mixKinds: true,
    bodyMax: 640,
    note: 'not shown on desktop',
  },
  quickReplies: {
    out: 'full',
    in: 'full',
    max: 13,
    titleMax: 20,
    payloadMax: 1000,
    note: 'not shown on desktop; may ask for the phone number, with Instagram Login for the e-mail too',
  },
  list: { out: 'fallback', in: 'full', note: 'quick replies up to 13, then numbered text' },
  card: { out: 'full', titleMax: 80, textMax: 80, buttonsMax: 3 },
  carousel: {
    out: 'full',
    in: 'full',
    cardsMin: 1,
    cardsMax: 10,
    cardTitleMax: 80,
    cardTextMax: 80,
    buttonsPerCardMax: 3,
    note: 'not shown on desktop',
  },
  image: { out: 'full', in: 'full', mimeTypes: ['image/jpeg', 'image/png', 'image/gif'], maxBytes: 8 * MB },
  video: {
    out: 'full',
    in: 'full',
    mimeTypes: ['video/mp4', 'video/ogg', 'video/x-msvideo', 'video/quicktime', 'video/webm'],
    maxBytes: 25 * MB,
  },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: ['audio/aac', 'audio/mp4', 'audio/x-m4a', 'audio/wav'],
    maxBytes: 25 * MB,
  },
  document: {
    out: 'partial',
    in: 'partial',
    mimeTypes: ['application/pdf'],
    maxBytes: 25 * MB,
    note: 'PDF; anything else becomes a link',
  },
  sticker: {
    out: 'partial',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
    maxBytes: 8 * MB,
    note: 'the heart; others as a picture',
  },
  // Ten pictures in one message; nothing else goes together.
  attachments: { max: 10, album: true },
  location: { out: 'fallback', in: 'dropped' },
  contact: { out: 'fallback', in: 'partial', note: 'only the number or e-mail that a quick reply asks for' },
  template: { out: 'rejected' },
  reaction: { out: 'full', in: 'full' },
  reply: { out: 'full', in: 'full', note: 'people also reply to stories' },
  edit: { out: 'rejected', in: 'full' },
  remove: { out: 'rejected', in: 'full', note: 'what a person takes back is erased here too' },
  typing: { out: 'full', in: 'dropped', note: 'ends after 20 seconds' },
  deliveryReceipt: { in: 'dropped', note: 'Meta has none: that the API took a message is all we learn' },
  readReceipt: { out: 'full', in: 'full', note: 'names the last message that was read' },
  window: { hours: 24, allows: 'nothing', tags: [{ tag: 'HUMAN_AGENT', hours: 7 * 24, authors: ['agent'] }] },
  startsConversation: 'no',
  // Meta’s pages say 100 and 300 a second; 10 for films and sound.
  rate: { perSecond: 100, burst: 100 },
  // Echoes carry nothing of ours, so a send whose answer was lost is not known again.
  onUnknown: 'resend',
};
