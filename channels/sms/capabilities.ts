import type { Capabilities, FileFeature } from '@tributary/protocol';
import type { SmsConfig } from './config.ts';

/** Everything Twilio fetches for one MMS, where it can be made smaller for the carrier. */
const IMAGE_BYTES = 5 * 1024 * 1024;
/** Files of other accepted types; carriers often take less. */
const OTHER_BYTES = 500 * 1024;
const BODY_MAX = 1600;

const byLink: FileFeature = { out: 'fallback', in: 'full', note: 'as a link; comes in by MMS' };

/**
 * What SMS and MMS carry through Twilio, from its specification and its page “Accepted content types for media” (July 2026). One request holds
 * 1600 characters, which Twilio sends as one message of several segments: nothing shorter is ever split.
 */
export function capabilities(config: SmsConfig): Capabilities {
  const mms = config.mms ?? 'images';
  const image: FileFeature =
    mms === 'none'
      ? byLink
      : {
          out: 'partial',
          in: 'full',
          mimeTypes: ['image/jpeg', 'image/png', 'image/gif'],
          maxBytes: IMAGE_BYTES,
          note: 'as MMS, from numbers of the USA and Canada',
        };
  const video: FileFeature =
    mms === 'all'
      ? {
          out: 'partial',
          in: 'full',
          mimeTypes: ['video/mp4', 'video/mpeg', 'video/quicktime', 'video/webm', 'video/3gpp'],
          maxBytes: OTHER_BYTES,
          note: 'as MMS up to 500 kB; carriers often take less',
        }
      : byLink;
  const audio: FileFeature =
    mms === 'all'
      ? {
          out: 'partial',
          in: 'full',
          mimeTypes: ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/amr', 'audio/3gpp', 'audio/webm'],
          maxBytes: OTHER_BYTES,
          note: 'as MMS up to 500 kB; carriers often take less',
        }
      : byLink;
  const perSecond = config.segmentsPerSecond ?? 1;
  return {
    text: { out: 'full', in: 'full', max: BODY_MAX, countAs: 'segments', markup: 'none' },
    ...(mms === 'none'
      ? {}
      : { caption: { max: BODY_MAX, on: mms === 'all' ? ['image', 'video', 'audio'] : ['image'] } }),
    buttons: {
      out: 'fallback',
      in: 'full',
      max: 0,
      titleMax: null,
      payloadMax: null,
      kinds: [],
      mixKinds: false,
      bodyMax: null,
      note: 'numbered choices, answered by number or words; links as text',
    },
    quickReplies: {
      out: 'fallback',
      in: 'full',
      max: 0,
      titleMax: null,
      payloadMax: null,
      note: 'numbered choices, answered by number or words',
    },
    list: { out: 'fallback', in: 'full', note: 'numbered choices' },
    card: { out: 'fallback', note: 'a picture by MMS where it can be, then text' },
    carousel: {
      out: 'fallback',
      in: 'full',
      note: 'a series of messages, one a card, with choices numbered through the series',
    },
    image,
    video,
    audio,
    document: { ...byLink },
    sticker: { out: 'fallback', in: 'dropped', note: 'as a picture' },
    ...(mms === 'none' ? {} : { attachments: { max: 10, album: false } }),
    location: { out: 'fallback', in: 'dropped', note: 'text with a link to a map' },
    contact: { out: 'fallback', in: 'partial', note: 'as text; a vCard comes in by MMS as a document' },
    template: { out: 'fallback', note: 'as text' },
    reaction: { out: 'dropped', in: 'dropped', note: 'telephones send reactions as text' },
    reply: { out: 'dropped', in: 'dropped' },
    edit: { out: 'rejected', in: 'dropped' },
    remove: { out: 'rejected', in: 'dropped' },
    typing: { out: 'dropped', in: 'dropped' },
    deliveryReceipt: { in: 'full', note: 'where the carrier reports; elsewhere “sent” is the last word' },
    readReceipt: { out: 'dropped', in: 'dropped' },
    startsConversation: 'yes',
    // Twilio queues what the carrier does not take at once, so a burst is no harm.
    rate: { perSecond, burst: Math.max(10, perSecond) },
    // A status callback with our part key tells first, then a look at Twilio’s list.
    onUnknown: 'resend',
  };
}
