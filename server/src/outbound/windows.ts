import type { Capabilities, Content, Loss } from '@tributary/protocol';
import { judgeWindow, type WindowVerdict } from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import type { Job } from '../store/deliveries.ts';
import type { SendOptions } from '../store/send_options.ts';
import { lastHeard } from '../store/sends.ts';

/** How long `queue` waits where the sender does not say. */
export const QUEUE_SECONDS = 24 * 3_600;

type Window = Capabilities['window'];

/** Who is about to say what, to whom. */
interface Word {
  ws: string;
  conversation: string;
  template: boolean;
  author: 'agent' | 'bot' | 'system' | 'api';
  tag?: string;
  windowUntil: Date | null;
}

/**
 * Judges the window by what the identity remembers, and where that says closed by the messages themselves: the identity's window is folded from the
 * log a moment later, and whoever answers at once must not find it closed.
 */
export async function judge(tx: Tx, window: Window, word: Word, now: Date): Promise<WindowVerdict> {
  if (!window) return { open: true };
  const remembered = word.windowUntil && new Date(word.windowUntil.getTime() - window.hours * 3_600_000);
  const verdict = judgeWindow(window, word, remembered ?? undefined, now);
  if (verdict.open && !verdict.tag) return verdict;
  return judgeWindow(window, word, await lastHeard(tx, word.ws, word.conversation), now);
}

/** What to do with a delivery whose turn has come. */
export type JobVerdict =
  /** Say this, under that tag. */
  { content: Content; tag?: string; loss?: Loss } | { held: Date } | { closed: true };

/** Judges the window again, just before sending: it may have closed while the message waited. */
export async function judgeJob(tx: Tx, job: Job, window: Window, now: Date): Promise<JobVerdict> {
  const { content, options } = job;
  // A message that has begun to be said is finished.
  if (!window || job.threadKind === 'group' || job.nextRequest > 0) return { content };
  const word = { ...job, template: content.type === 'template', tag: options?.tag };
  const verdict = await judge(tx, window, word, now);
  if (verdict.open) return { content, tag: verdict.tag };
  const { template } = options ?? {};
  if (options?.whenClosed === 'template' && template && verdict.allows === 'template') {
    const says = `The time for free messages was over; the template “${template.template.name}” was sent instead.`;
    return { content: template, loss: { code: 'window_template', kind: 'adapted', says } };
  }
  if (options?.whenClosed === 'queue') return { held: heldUntil(options, now) };
  return { closed: true };
}

/** When a message that waits for its person is given up. */
export const heldUntil = (options: SendOptions, now: Date): Date =>
  new Date(now.getTime() + (options.queueSeconds ?? QUEUE_SECONDS) * 1_000);
