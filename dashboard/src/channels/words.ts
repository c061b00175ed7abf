import type { Channel, FeatureRow } from './api.ts';

/** A state as people say it, and how it is coloured. */
export const STATUS: Record<Channel['status'], { says: string; tone?: 'good' | 'bad' | 'warn' }> = {
  active: { says: 'Active', tone: 'good' },
  connecting: { says: 'Connecting…', tone: 'warn' },
  inactive: { says: 'Off' },
  error: { says: 'Needs attention', tone: 'bad' },
};

/** An active channel with a complaint can send and perhaps not hear: that is neither good nor broken. */
export const toneOf = (channel: Pick<Channel, 'status' | 'error'>) =>
  channel.status === 'active' && channel.error
    ? { says: 'Active, with a warning', tone: 'warn' as const }
    : STATUS[channel.status];

/** What one can do with a channel type at a glance, in the order of usefulness. */
const GLANCE: readonly [row: string, word: string][] = [
  ['image', 'pictures'],
  ['document', 'documents'],
  ['audio', 'sound'],
  ['buttons', 'buttons'],
  ['lists', 'lists'],
  ['carousels', 'carousels'],
  ['templates', 'templates'],
  ['readReceipts', 'read receipts'],
];

/** “Text, pictures, buttons”: what goes out natively. */
export function glanceOf(features: Readonly<Record<string, FeatureRow>>): string {
  const words = GLANCE.filter(([row]) => {
    const feature = features[row];
    const level = row === 'readReceipts' ? feature?.in : feature?.out;
    return level === 'full' || level === 'partial';
  }).map(([, word]) => word);
  return ['Text', ...words].join(', ');
}

const UNITS: readonly [seconds: number, name: Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** “2 hr. ago”; “just now” within the minute. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1_000;
  const unit = UNITS.find(([length]) => seconds >= length);
  return unit ? relative.format(-Math.floor(seconds / unit[0]), unit[1]) : 'just now';
}
