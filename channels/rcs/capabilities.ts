import type { Capabilities } from '@tributary/protocol';

const MB = 1024 * 1024;

/**
 * What RCS for Business carries, from Google’s guides and the limits that aggregators agree on. Files may have 100 MB; carriers often take less, so
 * the sizes of pictures and films are the advised ones.
 */
export const capabilities: Capabilities = {
  // Google does not say what a character is; UTF-16 units are the strictest reading.
  text: { out: 'full', in: 'full', max: 3072, countAs: 'utf16', markup: 'none' },
  // A card’s description: a file by itself has no words.
  caption: { max: 2000, on: ['image', 'video'] },
  // What stays is on a card.
  buttons: {
    out: 'full',
    in: 'full',
    max: 4,
    titleMax: 25,
    payloadMax: 2048,
    kinds: ['reply', 'postback', 'link', 'webview', 'call', 'location_request'],
    mixKinds: true,
    bodyMax: 2000,
    headerKinds: ['image', 'video'],
    note: 'on a card, which stays',
  },
  quickReplies: {
    out: 'full',
    in: 'full',
    max: 11,
    titleMax: 25,
    payloadMax: 2048,
    special: ['link', 'call', 'location_request'],
    note: 'shown while the message is the last one',
  },
  list: { out: 'fallback', in: 'full', note: 'up to 11 answers below the text, else numbered' },
  card: { out: 'full', titleMax: 200, textMax: 2000, buttonsMax: 4 },
  carousel: {
    out: 'full',
    in: 'full',
    cardsMin: 2,
    cardsMax: 10,
    cardTitleMax: 200,
    cardTextMax: 2000,
    buttonsPerCardMax: 4,
  },
  image: { out: 'full', in: 'full', mimeTypes: ['image/jpeg', 'image/png', 'image/gif'], maxBytes: 2 * MB },
  video: {
    out: 'full',
    in: 'full',
    mimeTypes: ['video/h263', 'video/m4v', 'video/mp4', 'video/mpeg', 'video/webm'],
    maxBytes: 5 * MB,
  },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: [
      'audio/aac',
      'audio/mp3',
      'audio/mpeg',
      'audio/mpg',
      'audio/mp4',
      'audio/mp4-latm',
      'audio/3gpp',
      'application/ogg',
      'audio/ogg',
    ],
    maxBytes: 100 * MB,
  },
  document: {
    out: 'partial',
    in: 'full',
    mimeTypes: ['application/pdf'],
    maxBytes: 100 * MB,
    note: 'PDF as a file, anything else as a link',
  },
  sticker: { out: 'fallback', in: 'partial', note: 'as a picture' },
  location: { out: 'partial', in: 'full', note: 'a text that opens the map' },
  contact: { out: 'fallback', in: 'partial', note: 'a vCard comes as a file' },
  template: { out: 'fallback', note: 'filled in by us; Google approves none' },
  reaction: { out: 'dropped', in: 'dropped' },
  reply: { out: 'dropped', in: 'dropped' },
  edit: { out: 'rejected', in: 'dropped' },
  remove: { out: 'partial', in: 'dropped', note: 'only before it was delivered' },
  typing: { out: 'full', in: 'full', note: 'lasts 20 seconds' },
  deliveryReceipt: { in: 'full' },
  readReceipt: { out: 'full', in: 'full' },
  startsConversation: 'yes',
  // Of one source only, like all that is told of rates.
  rate: { perSecond: 300, burst: 300 },
  // The message’s id is ours, so a second send of the same is known as such and has no effect.
  onUnknown: 'resend',
};
