import type { Capabilities, Feature, FileFeature } from '@tributary/protocol';
import { capabilities } from '../capabilities.ts';

/** What may be an MMS after all is held to less; Twilio itself takes 16 MB. */
const FILE_MAX = 16 * 1024 * 1024;
const CONTENT_ONLY = 'Twilio shows them only from Content templates; elsewhere they are numbered';
const written: Feature = { out: 'fallback', in: 'full', note: CONTENT_ONLY };

const file = (feature: FileFeature): FileFeature => ({
  ...feature,
  maxBytes: Math.min(feature.maxBytes ?? FILE_MAX, FILE_MAX),
});

/** RCS as Twilio passes it on, from its pages on RCS and on the types of media: texts and files, and what a Content template holds. */
export const overTwilio: Capabilities = {
  ...capabilities,
  text: { out: 'full', in: 'full', max: 1600, countAs: 'utf16', markup: 'none' },
  // Words beside a file need a card, which is a template.
  caption: undefined,
  buttons: { ...written, max: 0, titleMax: null, payloadMax: null, kinds: [], mixKinds: false, bodyMax: null },
  quickReplies: { ...written, max: 0, titleMax: null, payloadMax: null },
  list: { out: 'fallback', in: 'full' },
  card: { out: 'fallback' },
  carousel: written,
  image: file(capabilities.image),
  video: file(capabilities.video),
  audio: file(capabilities.audio),
  document: file(capabilities.document),
  location: { out: 'fallback', in: 'full' },
  template: { out: 'full', note: 'Content templates, by name or by SID' },
  remove: { out: 'rejected', in: 'dropped' },
  typing: { out: 'dropped', in: 'dropped' },
  readReceipt: { out: 'dropped', in: 'full' },
  // Twilio queues what is more than the sender may send.
  rate: { perSecond: 10, burst: 10 },
};
