import type { ActionType, MediaKind } from './content.ts';

/** The seed's word for the kind of channel. Providers of one type are told apart by `config.provider`. */
export const CHANNEL_TYPES = [
  'whatsapp',
  'telegram',
  'sms',
  'email',
  'voice',
  'webchat',
  'facebook',
  'instagram',
  'rcs',
  'viber',
  'line',
] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** full: native · partial: native with a restriction · fallback: said in another form, words kept · dropped: nothing arrives, loss reported · rejected: refused with a clear error. */
export type Level = 'full' | 'partial' | 'fallback' | 'dropped' | 'rejected';

/** How a text's length is measured against `max`. */
export type CountAs = 'utf16' | 'bytes-utf8' | 'graphemes' | 'segments';
export type Markup = 'none' | 'telegram-html' | 'whatsapp' | 'markdown-subset' | 'html';

/** A level in each direction: `out` from the business to the person, `in` from the person to the business. `note` is a footnote of the matrix. */
export interface Feature {
  out?: Level;
  in?: Level;
  note?: string;
}

export interface FileFeature extends Feature {
  /** MIME types taken; a type with `/*` stands for the family. Absent: any. */
  mimeTypes?: readonly string[];
  /** Bytes, uploaded by us. */
  maxBytes?: number;
  /** Bytes, when the provider fetches a link. */
  urlMaxBytes?: number;
}

/** Keeps a window open for longer: `hours` after the person last wrote, for messages of these authors, or of whoever asks for the tag by name. */
export interface WindowTag {
  tag: string;
  hours: number;
  authors: readonly ('agent' | 'bot' | 'system' | 'api')[];
}

/**
 * What one channel can carry, and its limits, as data. Lengths are in characters as `countAs` counts them, unless a name says otherwise;
 * `null` means no limit is known. Numbers come from the providers' pages named in each channel's `capabilities.ts`.
 */
export interface Capabilities {
  /** Words are heard, not read: what is to be seen is told of, a link is named by its site, and a button that calls is a choice that puts through. */
  heard?: true;
  text: Feature & { max: number | null; countAs: CountAs; markup: Markup };
  /** How labels and the words of cards are counted, where it is not as texts are. */
  labelsCountAs?: CountAs;
  /** Words beside a file; absent when files carry none. */
  caption?: { max: number; on: readonly MediaKind[] };
  /** Actions that stay with the message. */
  buttons: Feature & {
    max: number;
    titleMax: number | null;
    payloadMax: number | null;
    payloadUnit?: 'utf16' | 'bytes-utf8';
    kinds: readonly ActionType[];
    /** May one message hold several kinds? */
    mixKinds: boolean;
    bodyMax: number | null;
    /** Links allowed beside or instead of replies, where that differs from `max`. */
    linkMax?: number;
    /** A file above the buttons. */
    headerKinds?: readonly MediaKind[];
    /** Answers are numbered as well, for the channel to write out: what the person writes back may be a number, or the words. */
    numbered?: true;
    /** Titles must differ. */
    uniqueTitles?: boolean;
    /** Buttons need words above them even where a file stands there. */
    bodyRequired?: boolean;
  };
  /** Answers that go away once one is chosen. `payloads: false`: the label comes back as plain text. */
  quickReplies: Feature & {
    max: number;
    titleMax: number | null;
    payloadMax: number | null;
    payloads?: boolean;
    special?: readonly ActionType[];
  };
  list: Feature & {
    sectionsMax?: number;
    rowsMax?: number;
    sectionTitleMax?: number;
    rowTitleMax?: number;
    rowDescriptionMax?: number;
    rowPayloadMax?: number;
    buttonLabelMax?: number;
    bodyMax?: number;
    headerMax?: number;
    footerMax?: number;
  };
  /** `full`: the adapter renders cards. Anything else: a card is said as a picture with words and buttons. */
  card: Feature & { titleMax?: number; textMax?: number; buttonsMax?: number };
  carousel: Feature & {
    cardsMin?: number;
    cardsMax?: number;
    cardTitleMax?: number;
    cardTextMax?: number;
    buttonsPerCardMax?: number;
    /** Of the cards’ buttons, where it is not that of other buttons. */
    payloadMax?: number;
    mediaRequired?: boolean;
    kinds?: readonly ActionType[];
    bodyMax?: number;
  };
  image: FileFeature;
  video: FileFeature;
  audio: FileFeature;
  document: FileFeature;
  sticker: FileFeature;
  /** Files in one message (MMS, e-mail) or one album. */
  attachments?: { max: number; album: boolean };
  location: Feature;
  contact: Feature & { max?: number };
  template: Feature;
  reaction: Feature;
  reply: Feature;
  edit: Feature;
  remove: Feature;
  typing: Feature;
  deliveryReceipt: Feature;
  readReceipt: Feature;
  email?: Feature;
  /** After the person last wrote, free content may be sent for so many hours; afterwards only `allows`. Absent: always open. */
  window?: { hours: number; allows: 'template' | 'nothing'; tags?: readonly WindowTag[] };
  /** May the business write first? */
  startsConversation: 'yes' | 'template' | 'no';
  /** Requests per second to the account, and to one recipient, that we keep below; bursts in requests. */
  rate: { perSecond: number; burst: number; perRecipientPerSecond?: number; recipientBurst?: number };
  /** What to do when an attempt's outcome stays unknown and nothing can tell. */
  onUnknown: 'resend' | 'hold';
}
