import type { Misbehaviour } from './sim.ts';

/** One way to misbehave, as the menu offers it. */
export interface Knob {
  name: Exclude<keyof Misbehaviour, 'retryAfterSeconds'>;
  title: string;
  max: number;
  step: number;
  unit: 'chance' | 'ms' | 'switch';
}

/** In the order of a message's road: what the provider does to our requests, to its webhooks, to its receipts. */
export const KNOBS: readonly Knob[] = [
  { name: 'rateLimit', title: 'Asks to slow down (429)', max: 1, step: 0.05, unit: 'chance' },
  { name: 'serverError', title: 'Answers with an error (500)', max: 1, step: 0.05, unit: 'chance' },
  { name: 'hang', title: 'Takes the message, never answers', max: 1, step: 0.05, unit: 'chance' },
  { name: 'duplicate', title: 'Sends a webhook twice', max: 1, step: 0.05, unit: 'chance' },
  { name: 'reorder', title: 'Sends webhooks out of order', max: 1, step: 0.05, unit: 'chance' },
  { name: 'lateReceiptMs', title: 'Holds receipts back', max: 10_000, step: 500, unit: 'ms' },
  { name: 'earlyReceipt', title: 'Sends receipts before its answer', max: 1, step: 0.05, unit: 'chance' },
  { name: 'noReceipts', title: 'Sends no receipts at all', max: 1, step: 1, unit: 'switch' },
];

/** A provider on a good day. How long a 429 asks to wait stays as it was set. */
export const BEHAVED = {
  rateLimit: 0,
  serverError: 0,
  hang: 0,
  duplicate: 0,
  reorder: 0,
  lateReceiptMs: 0,
  noReceipts: false,
  earlyReceipt: 0,
} satisfies Partial<Misbehaviour>;

/** How many ways it misbehaves just now. */
export function troubles(settings: Misbehaviour): number {
  return KNOBS.filter(({ name }) => settings[name] === true || Number(settings[name]) > 0).length;
}

/** A knob's setting in words. */
export function amount(knob: Knob, value: number, settings: Pick<Misbehaviour, 'retryAfterSeconds'>): string {
  if (value === 0) return 'never';
  if (knob.unit === 'ms') return `${value / 1000} s`;
  const chance = value >= 1 ? 'always' : `${Math.round(value * 100)} %`;
  return knob.name === 'rateLimit' ? `${chance}, wait ${settings.retryAfterSeconds} s` : chance;
}
