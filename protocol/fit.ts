import type { Capabilities, Markup } from './capability.ts';
import type { Content, Media, MediaKind } from './content.ts';
import { fitAny } from './fit/content.ts';
import { within } from './fit/measure.ts';

/** One thing a channel is asked to say: never more than its capabilities declare. */
export interface MessagePart {
  content: Content;
  /** The markup that the words of `content` are written in, captions and bodies of lists too; absent: plain words, to be sent without any parse mode. */
  markup?: Markup;
}

/** What changed on the way to a channel and why, in words a person can read. `dropped` means something does not arrive at all. */
export interface Loss {
  /** Stable: `buttons_to_numbers`, `text_split`, `media_to_link`… */
  code: string;
  kind: 'adapted' | 'dropped';
  says: string;
}

/** An action that was written out as "1) …": what the customer's "1", or the words themselves, will mean. */
export interface Choice {
  number: number;
  text: string;
  payload: string;
}

export interface Fitted {
  parts: MessagePart[];
  losses: Loss[];
  choices: Choice[];
  /** Payloads too long for the channel, by the key that went in their place (`~` and a hash). Kept with the message: the key is what a tap brings back. */
  payloads: Record<string, string>;
}

/** Words that fit() has to add because a channel insists on them; in the customer's language where the caller knows it. */
export interface FitWords {
  /** Above buttons where the message has no words of its own. */
  choose: string;
  /** On the button that opens a list. */
  options: string;
  /** In place of what can only be seen, where words are heard. */
  unseen: string;
}

export interface FitOptions {
  /** The provider's name in the sentences of `losses`. */
  channelTitle?: string;
  /** A signed link to a file that the channel cannot carry; without an answer the file's own URL is used. */
  linkFor?(media: Media, kind: MediaKind): string | undefined;
  /** A link to a map. Default: Google Maps. */
  mapLink?(latitude: number, longitude: number): string;
  words?: Partial<FitWords>;
  /** The content is a part that was fitted before, in this markup. */
  markup?: Markup;
}

/**
 * Says `content` as well as a channel can. Pure, never drops words: what the channel cannot show becomes buttons, a list, numbered choices or
 * text, and `losses` says so. `losses` is empty exactly when the reader sees what was written.
 */
export function fit(content: Content, capabilities: Capabilities, options: FitOptions = {}): Fitted {
  if (
    content.type === 'text' &&
    options.markup === undefined &&
    isPlain(content) &&
    within(content.text, capabilities.text.max, capabilities.text.countAs)
  ) {
    return { parts: [{ content }], losses: [], choices: [], payloads: {} };
  }
  return fitAny(content, capabilities, options);
}

/** Most messages: words as they were typed, with nothing beside them. */
const isPlain = (content: Extract<Content, { type: 'text' }>): boolean =>
  content.format === undefined &&
  !content.actions?.length &&
  !content.attachments?.length &&
  content.text.isWellFormed();
