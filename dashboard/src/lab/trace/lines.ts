import type { Content } from '@tributary/protocol';
import type { StepKind } from '../../api/types.ts';
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
    return new URL(url, 'http://localhost').pathname;
  } catch {
    return url;
  }
}
