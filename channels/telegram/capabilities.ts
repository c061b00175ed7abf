import type { Capabilities } from '@tributary/protocol';

const MB = 1024 * 1024;

/**
 * Numbers are those of the Bot API 10.1 reference (https://core.telegram.org/bots/api), sizes of links those of its "Sending files",
 * rates those of the bots FAQ (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Lengths count after
 * markup has been read, so tags cost nothing.
 */
export const CAPABILITIES: Capabilities = {
  text: { out: 'full', in: 'full', max: 4096, countAs: 'utf16', markup: 'telegram-html' },
  caption: { max: 1024, on: ['image', 'video', 'audio', 'document'] },
  buttons: {
    out: 'full',
    in: 'full',
    note: 'Inline keyboard. Telegram refuses tel: links, so a call is written out.',
    // Not in the reference: what clients and other libraries agree on.
    max: 100,
    titleMax: null,
    payloadMax: 64,
    payloadUnit: 'bytes-utf8',
    kinds: ['postback', 'reply', 'link', 'webview'],
    mixKinds: true,
    bodyMax: 4096,
    headerKinds: ['image', 'video', 'audio', 'document'],
  },
  quickReplies: {
    out: 'full',
    in: 'full',
    note: 'Sent as inline buttons, because a reply keyboard gives back the label and no payload; a keyboard is used where it asks for a location.',
    max: 100,
    titleMax: null,
    payloadMax: 64,
    payloads: true,
    special: ['location_request'],
  },
  list: { out: 'fallback', in: 'full' },
  // Title and text share a caption: 128 + a line break + 890 stay below its 1024.
  card: { out: 'full', titleMax: 128, textMax: 890, buttonsMax: 100, note: 'A picture with caption and buttons.' },
  carousel: { out: 'fallback', in: 'full' },
  image: {
    out: 'full',
    in: 'full',
    mimeTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/gif'],
    maxBytes: 10 * MB,
    urlMaxBytes: 5 * MB,
  },
  video: { out: 'full', in: 'full', mimeTypes: ['video/mp4'], maxBytes: 50 * MB, urlMaxBytes: 20 * MB },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: ['audio/mpeg', 'audio/mp4', 'audio/x-m4a', 'audio/ogg'],
    maxBytes: 50 * MB,
    urlMaxBytes: 20 * MB,
  },
  document: {
    out: 'full',
    in: 'full',
    maxBytes: 50 * MB,
    urlMaxBytes: 20 * MB,
    note: 'By link Telegram takes PDF, ZIP and GIF for certain.',
  },
  sticker: { out: 'full', in: 'full', mimeTypes: ['image/webp', 'application/x-tgsticker', 'video/webm'] },
  attachments: { max: 10, album: true },
  location: { out: 'full', in: 'full' },
  contact: { out: 'full', in: 'full', max: 10 },
  template: { out: 'fallback' },
  reaction: {
    out: 'full',
    in: 'full',
    note: 'One emoji of Telegram’s fixed set. In groups the bot sees reactions as administrator only.',
  },
  reply: { out: 'full', in: 'full' },
  edit: { out: 'full', in: 'full' },
  remove: {
    out: 'partial',
    in: 'dropped',
    note: 'For 48 hours. Telegram does not tell when the customer removes a message.',
  },
  typing: { out: 'full', in: 'dropped', note: 'Lasts 5 seconds.' },
  deliveryReceipt: { in: 'dropped', note: 'Telegram gives bots no receipts: a message stays at “sent”.' },
  readReceipt: { out: 'dropped', in: 'dropped', note: 'Telegram gives bots no receipts: a message stays at “sent”.' },
  startsConversation: 'no',
  rate: { perSecond: 30, burst: 30, perRecipientPerSecond: 1, recipientBurst: 5 },
  // The Bot API has no key of ours and no look-up, so nothing can tell what became of a request that got no answer.
  onUnknown: 'resend',
};
