import type { Capabilities } from './capability.ts';

const HOUR_MS = 3_600_000;

/** What is about to be said, as far as windows care. */
export interface AboutToSay {
  /** A template passes where the window allows them. */
  template: boolean;
  /** Who speaks: some tags are for people only. */
  author: 'agent' | 'bot' | 'system' | 'api';
  /** A tag the sender asked for. */
  tag?: string;
}

/** Whether it may go out just now; under which tag, and until when. */
export type WindowVerdict =
  | { open: true; until?: Date; tag?: string }
  | { open: false; allows: 'template' | 'nothing' };

/**
 * Judges a window: free content passes for so many hours after the person last wrote, later only what the channel allows. A tag keeps it open for
 * longer, for those who may use it. `heardAt` is absent where the person never wrote.
 */
export function judgeWindow(
  window: Capabilities['window'],
  said: AboutToSay,
  heardAt: Date | undefined,
  now: Date,
): WindowVerdict {
  if (!window || (said.template && window.allows === 'template')) return { open: true };
  const closes = (hours: number): Date | undefined => heardAt && new Date(heardAt.getTime() + hours * HOUR_MS);
  const until = closes(window.hours);
  if (until && until > now) return { open: true, until };
  for (const { tag, hours, authors } of window.tags ?? []) {
    const later = closes(hours);
    if (later && later > now && (said.tag === tag || authors.includes(said.author)))
      return { open: true, until: later, tag };
  }
  return { open: false, allows: window.allows };
}
