import type { Action } from '@tributary/protocol';
import { type Json, readObject, readText } from '../common/json.ts';

/**
 * A tap comes back as a text, the button’s ActionBody, and Viber keeps no payload beside it. Two ways lead back to the payload:
 *
 * - A reply’s body is its label, as the person would have typed it; what it stands for travels in `tracking_data`, which Viber gives back with
 *   whatever is said next. A keyboard goes away with our next message, and so does its tracking data, so the two always belong together.
 * - What may be tapped later, or has no room there, has a body that speaks for itself: a mark and the payload, kept out of the chat by `Silent`.
 */
const MARK = 'tap:';
/** iOS takes 100 characters of a body. */
const BODY_MAX = 100;
/** Longest payload that a body holds behind the mark. */
export const PAYLOAD_MAX = BODY_MAX - MARK.length;
/** The newer page’s number; the older says 4096. */
const TRACKING_MAX = 4000;

export type Answer = Extract<Action, { type: 'reply' | 'postback' }>;
/** What a button says when it is tapped. */
export interface Body {
  ActionBody: string;
  Silent?: true;
}

/** A body that tells its payload by itself, at any time. */
export const standingBody = (answer: Answer): Body => ({
  ActionBody: `${MARK}${payloadOf(answer)}`,
  Silent: true,
});

/** The bodies of a keyboard’s answers, in order, and the tracking data they need. */
export function keyboardBodies(answers: readonly Answer[]): { bodies: Body[]; tracking?: string } {
  const spoken = answers.filter((answer) => answer.type === 'reply' && answer.text.length <= BODY_MAX);
  const tracking = JSON.stringify({ taps: Object.fromEntries(spoken.map((one) => [one.text, payloadOf(one)])) });
  if (spoken.length === 0 || tracking.length > TRACKING_MAX) return { bodies: answers.map(standingBody) };
  return {
    bodies: answers.map((answer) => (spoken.includes(answer) ? { ActionBody: answer.text } : standingBody(answer))),
    tracking,
  };
}

const payloadOf = (answer: Answer): string => answer.payload || answer.text.slice(0, PAYLOAD_MAX);

/** The button a text was, if it was one. Typing the very words of a button is the same as tapping it. */
export function readTap(text: string, trackingData: unknown): { payload: string; text?: string } | undefined {
  if (text.startsWith(MARK) && text.length > MARK.length) return { payload: text.slice(MARK.length) };
  const taps = tapsOf(trackingData);
  const payload = taps && Object.hasOwn(taps, text) ? readText(taps[text]) : undefined;
  return payload === undefined ? undefined : { payload, text };
}

function tapsOf(trackingData: unknown): Json | undefined {
  const text = readText(trackingData);
  if (!text?.startsWith('{')) return undefined;
  try {
    return readObject(readObject(JSON.parse(text) as unknown)?.taps);
  } catch {
    return undefined;
  }
}
