import type { ContentOf } from '@tributary/protocol';

/** How a closed window is met: refused, by a template, by waiting for the person to write, or on the next channel. */
export type WhenClosed = 'reject' | 'template' | 'queue' | 'failover';

/** What travels with a delivery beside its content, for the worker to judge by. */
export interface SendOptions {
  whenClosed?: WhenClosed;
  /** Said instead where the window is closed and `whenClosed` is `template`. */
  template?: ContentOf<'template'>;
  /** How long `queue` waits, in seconds. */
  queueSeconds?: number;
  /** A name the provider has for writing later than its window: HUMAN_AGENT. */
  tag?: string;
  /** What the message is for: `marketing`, `authentication`… */
  purpose?: string;
}
