import type { Capabilities } from '@tributary/protocol';
import { sayMax, type VoiceConfig, voiceOf } from './config.ts';

/**
 * What can be said in a call, by Twilio’s pages on Say, Gather and Play. Choices are numbered by fit() as everywhere; the channel speaks them as
 * a menu of keys, nine at a time.
 */
export const capabilities = (config: VoiceConfig): Capabilities => ({
  heard: true,
  text: { out: 'full', in: 'full', max: sayMax(voiceOf(config)), countAs: 'bytes-utf8', markup: 'none' },
  buttons: {
    out: 'fallback',
    in: 'full',
    max: 9,
    titleMax: null,
    payloadMax: null,
    kinds: ['reply', 'postback'],
    mixKinds: true,
    bodyMax: null,
    note: 'A menu of keys, also by voice: for sales press 1. A call button puts through; links are named by their site.',
  },
  quickReplies: { out: 'fallback', in: 'full', max: 9, titleMax: null, payloadMax: null, note: 'A menu of keys.' },
  list: { out: 'fallback', in: 'full', rowsMax: 9, note: 'A menu of keys, nine rows at a time.' },
  card: { out: 'fallback', note: 'Read aloud.' },
  carousel: { out: 'fallback', in: 'full', note: 'Cards are read one by one, then the menu.' },
  image: { out: 'fallback', in: 'dropped', note: 'Named, not shown.' },
  video: { out: 'fallback', in: 'dropped', note: 'Named, not shown.' },
  audio: {
    out: 'full',
    in: 'full',
    mimeTypes: [
      'audio/mpeg',
      'audio/wav',
      'audio/wave',
      'audio/x-wav',
      'audio/aiff',
      'audio/x-aiff',
      'audio/x-gsm',
      'audio/gsm',
      'audio/ulaw',
    ],
    note: 'In: recordings, with what Twilio wrote down of them.',
  },
  document: { out: 'fallback', in: 'dropped', note: 'Named, not shown.' },
  sticker: { out: 'dropped', in: 'dropped' },
  location: { out: 'fallback', in: 'dropped', note: 'The address is read aloud.' },
  contact: { out: 'fallback', in: 'dropped', note: 'Read aloud, numbers digit by digit.' },
  template: { out: 'fallback', note: 'Filled in by us and spoken.' },
  reaction: { out: 'dropped', in: 'dropped' },
  reply: { out: 'dropped', in: 'dropped' },
  edit: { out: 'rejected', in: 'dropped', note: 'What has been said has been said.' },
  remove: { out: 'rejected', in: 'dropped' },
  typing: { out: 'dropped', in: 'dropped' },
  deliveryReceipt: { in: 'full', note: 'Answered is delivered; busy, no answer and failed are failed.' },
  readReceipt: { out: 'dropped', in: 'dropped' },
  startsConversation: 'yes',
  // Words said into a call that is open are no calls. Twilio itself begins one call a second, and queues the others.
  rate: { perSecond: 10, burst: 50 },
  // A phone that rings twice is worse than one that does not ring; a status callback with our part key tells what became of it.
  onUnknown: 'hold',
});
