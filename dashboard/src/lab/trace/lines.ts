import type { Content } from '@tributary/protocol';
import type { StepKind, TraceStep } from '../../api/types.ts';
import type { WireEvent } from '../wire.ts';

/** How a line of the story reads at a glance. */
export type Tone = 'plain' | 'good' | 'waiting' | 'bad';

/** The colour of a step: only state has one. */
export function toneOf(kind: StepKind): Tone {
  if (kind === 'failed') return 'bad';
  if (kind === 'wait') return 'waiting';
  if (kind === 'receipt') return 'good';
  return 'plain';
}

/** Time since the exchange began, short enough for a column: `0 ms`, `+340 ms`, `+1.2 s`, `+2 min`. */
export function offset(from: string, at: string): string {
  const ms = Math.max(0, Date.parse(at) - Date.parse(from));
  if (!Number.isFinite(ms)) return '';
  if (ms < 1000) return ms === 0 ? '0 ms' : `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `+${Math.round(ms / 60_000)} min`;
  return `+${Math.round(ms / 3_600_000)} h`;
}

/** A piece of a line: words, an id too long to read, shortened, or a day as people write it. */
export interface Piece {
  text: string;
  /** The whole id. */
  id?: string;
  /** The day as the sentence had it. */
  day?: string;
}
const LONG_ID_OR_DAY = /[A-Za-z0-9][\w:=+/.-]{22,}\w={0,2}|\b\d{4}-\d{2}-\d{2}\b/g;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Parts the words of a sentence from ids, which people compare by their ends and copy whole from the evidence, and from days. */
export function piecesOf(sentence: string, now = new Date()): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: found, index } of sentence.matchAll(LONG_ID_OR_DAY)) {
    if (index > at) pieces.push({ text: sentence.slice(at, index) });
    pieces.push(DAY.test(found) ? { text: dayInWords(found, now), day: found } : { text: shortened(found), id: found });
    at = index + found.length;
  }
  if (at < sentence.length) pieces.push({ text: sentence.slice(at) });
  return pieces;
}

const shortened = (id: string): string => {
  const kind = id.indexOf('_');
  return `${id.slice(0, kind > 0 && kind < 9 ? kind + 1 : 6)}…${id.slice(-6)}`;
};

/** The server counts days in UTC, so this does too. */
function dayInWords(day: string, now: Date): string {
  const date = new Date(day);
  if (Number.isNaN(date.getTime())) return day;
  if (now.toISOString().startsWith(day)) return 'today';
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}

/** What a message says, in a few words for one line. */
export function inWords(content: Content | undefined): string {
  if (!content) return 'Message';
  switch (content.type) {
    case 'text':
    case 'list':
      return oneLine(content.text);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return content.text ? oneLine(content.text) : (content.media.filename ?? NAMES[content.type]);
    case 'sticker':
      return content.emoji ? `Sticker ${content.emoji}` : 'Sticker';
    case 'location':
      return content.location.name ?? 'Location';
    case 'contact':
      return content.contacts[0]?.name ?? 'Contact card';
    case 'card':
      return oneLine(content.title);
    case 'carousel':
      return content.text ? oneLine(content.text) : `${content.cards.length} cards`;
    case 'template':
      return content.text ? oneLine(content.text) : `Template ${content.template.name}`;
    case 'reaction':
      return content.emoji ? `Reaction ${content.emoji}` : 'Reaction taken back';
    case 'email':
      return oneLine(content.subject);
    case 'event':
      return content.text ? oneLine(content.text) : content.event;
    case 'unsupported':
      return content.text ? oneLine(content.text) : 'Something this page cannot show';
    default:
      return 'Message';
  }
}

const NAMES = { image: 'Picture', video: 'Video', audio: 'Voice note', document: 'File' } as const;
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim() || 'Empty message';

/**
 * What the provider's side measured about a step of ours: how its webhook was answered, how fast it took a request. Only the first webhook of
 * a message counts as its arrival; later ones with the same id are receipts.
 */
export function measured(
  step: TraceStep,
  externalId: string | undefined,
  events: readonly WireEvent[],
): string | undefined {
  if (!externalId) return undefined;
  const type = step.kind === 'webhook' ? 'webhook' : step.kind === 'attempt' ? 'request' : undefined;
  const event = type && events.find((each) => each.type === type && each.messageId === externalId);
  if (!event || event.status === null) return undefined;
  const ms = Math.max(1, Math.round(event.ms));
  return event.type === 'webhook' ? `Answered ${event.status} in ${ms}\u00a0ms.` : `${event.status} in ${ms}\u00a0ms.`;
}

/** Where the providers say what a webhook is about, most telling first. */
const WORDS: readonly (readonly (string | number)[])[] = [
  ['entry', 0, 'changes', 0, 'value', 'statuses', 0, 'status'],
  ['entry', 0, 'changes', 0, 'value', 'messages', 0, 'type'],
  ['entry', 0, 'changes', 0, 'field'],
  ['events', 0, 'type'],
  ['event-data', 'event'],
  ['eventType'],
  ['event'],
  ['MessageStatus'],
  ['SmsStatus'],
  ['CallStatus'],
];
/** What stands around the word in an object that is named by what it holds. */
const AROUND = new Set(['update_id', 'sender', 'recipient', 'timestamp']);

/** What a webhook is about, in the provider's own word: `callback_query`, `text`, `delivered`. */
export function aboutWebhook(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  for (const path of WORDS) {
    const word = at(body, path);
    if (typeof word === 'string') return word;
  }
  const named = 'update_id' in body ? body : at(body, ['entry', 0, 'messaging', 0]);
  return typeof named === 'object' && named !== null ? Object.keys(named).find((key) => !AROUND.has(key)) : undefined;
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}

/** An exchange with a provider as one line: who called whom, for what. */
export function wireLine(event: WireEvent): { name: string; path: string; outcome: string; bad: boolean } {
  if (event.type === 'webhook') {
    return {
      name: 'webhook',
      path: pathOf(event.url),
      outcome: event.status === null ? (event.error ?? 'no answer') : String(event.status),
      bad: event.status === null || event.status >= 300,
    };
  }
  return {
    name: event.method,
    path: pathOf(event.path),
    outcome: String(event.status),
    bad: event.status === 0 || event.status >= 300,
  };
}

function pathOf(url: string): string {
  try {
    return decodeURI(new URL(url, 'http://localhost').pathname);
  } catch {
    return url;
  }
}
