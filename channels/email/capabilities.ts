import type { Capabilities, FileFeature } from '@tributary/protocol';
import { type EmailConfig, isMailgun } from './config.ts';

const MB = 1024 * 1024;

/** Servers take 25 MB, Gmail among them; base64 makes three bytes four. */
const BY_SMTP: FileFeature = { out: 'full', in: 'full', maxBytes: 18 * MB };
/** Mailgun counts the whole message, and files before base64. */
const BY_MAILGUN: FileFeature = { out: 'full', in: 'full', maxBytes: 25 * MB };

/** What a mail carries: RFC 5322, RFC 2045, and Mailgun’s message limits. Everything that is said at once is one mail, in two forms. */
export function capabilities(config: EmailConfig): Capabilities {
  const file = isMailgun(config) ? BY_MAILGUN : BY_SMTP;
  return {
    text: { out: 'full', in: 'full', max: null, countAs: 'bytes-utf8', markup: 'html' },
    caption: { max: 100_000, on: ['image', 'video', 'audio', 'document'] },
    buttons: {
      out: 'partial',
      in: 'full',
      max: 100,
      titleMax: null,
      payloadMax: null,
      kinds: ['reply', 'postback', 'link', 'call'],
      mixKinds: true,
      bodyMax: null,
      headerKinds: ['image', 'video', 'audio', 'document'],
      numbered: true,
      note: 'links; an answer is a link that writes a mail, and a number that can be written back',
    },
    quickReplies: {
      out: 'partial',
      in: 'full',
      max: 100,
      titleMax: null,
      payloadMax: null,
      note: 'as buttons',
    },
    list: { out: 'partial', in: 'full', note: 'numbered lines with links' },
    card: { out: 'full', note: 'a block with picture, words and links' },
    carousel: { out: 'partial', in: 'full', note: 'cards one below the other' },
    image: file,
    video: file,
    audio: file,
    document: file,
    sticker: { out: 'fallback', note: 'as a picture' },
    attachments: { max: 100, album: false },
    location: { out: 'fallback', in: 'dropped', note: 'text with a link to a map' },
    contact: { out: 'partial', in: 'partial', note: 'as an attached vCard' },
    template: { out: 'full', note: isMailgun(config) ? 'Mailgun’s' : 'ours' },
    reaction: { out: 'dropped', in: 'dropped' },
    reply: { out: 'full', in: 'full' },
    edit: { out: 'rejected', in: 'dropped' },
    remove: { out: 'rejected', in: 'dropped' },
    typing: { out: 'dropped', in: 'dropped' },
    deliveryReceipt: isMailgun(config)
      ? { in: 'full', note: 'taken by the recipient’s server, not seen by a person' }
      : { in: 'partial', note: 'bounces only; what the server took is sent' },
    readReceipt: {
      out: 'dropped',
      in: 'partial',
      note: isMailgun(config) ? 'weak: programs open mail by themselves' : 'rarely sent',
    },
    email: { out: 'full', in: 'full' },
    startsConversation: 'yes',
    // Neither tells a rate; a mailbox provider’s limits are a day’s (Gmail 500, Workspace 2000).
    rate: isMailgun(config) ? { perSecond: 50, burst: 100 } : { perSecond: 5, burst: 20 },
    // A copy has the same Message-ID, which most mailboxes show once.
    onUnknown: 'resend',
  };
}
