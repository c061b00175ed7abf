import type { PhoneMessage } from '../sim.ts';
import { dayOf } from './time.ts';

/** A message with what the chat needs to draw it among its neighbours. */
export interface Placed {
  message: PhoneMessage;
  /** The first of its side in a row, and the last: corners and tails. */
  first: boolean;
  last: boolean;
  /** A new day begins above it. */
  day?: string;
}

const TOGETHER_MS = 5 * 60_000;

/** Joins messages of one side that follow soon upon each other, and marks where days begin. */
export function placed(messages: readonly PhoneMessage[], now = new Date()): Placed[] {
  const days = messages.map((message) => dayOf(message.at, now));
  const joined = (above: number) => {
    const a = messages[above];
    const b = messages[above + 1];
    if (!a || !b || days[above] !== days[above + 1]) return false;
    if (a.kind === 'service' || b.kind === 'service' || a.from !== b.from) return false;
    return Date.parse(b.at) - Date.parse(a.at) < TOGETHER_MS;
  };
  return messages.map((message, index) => ({
    message,
    first: !joined(index - 1),
    last: !joined(index),
    ...(days[index] !== days[index - 1] ? { day: days[index] } : {}),
  }));
}
