import type { Capabilities, CountAs, Level, Markup } from '../capability.ts';
import type { Content } from '../content.ts';
import type { Choice, FitOptions, Fitted, FitWords } from '../fit.ts';
import { measure } from './measure.ts';

const WORDS: FitWords = {
  choose: 'Please choose:',
  options: 'Options',
  unseen: 'There is something to see that cannot be heard',
};

/** What a message has become so far on its way to one channel: parts in order, choices numbered through all of them. */
export class Page {
  readonly fitted: Fitted = { parts: [], losses: [], choices: [], payloads: {} };
  readonly words: FitWords;
  /** The channel's name, to begin a sentence with. */
  readonly title: string;

  constructor(
    readonly can: Capabilities,
    readonly options: FitOptions,
  ) {
    this.words = { ...WORDS, ...options.words };
    this.title = options.channelTitle ?? 'This channel';
  }

  /** Adds a part. Its words are in `markup`, which the content's own `format` tells as well where it has a word for it. */
  part(content: Content, markup?: Markup): void {
    if (!markup || markup === 'none') this.fitted.parts.push({ content });
    else this.fitted.parts.push({ content: formatted(content, markup), markup });
  }

  /** Tells of a change; the same sentence only once. */
  lose(code: string, says: string, kind: 'adapted' | 'dropped' = 'adapted'): void {
    const sentence = `${this.title} ${says}`;
    if (!this.fitted.losses.some((loss) => loss.says === sentence))
      this.fitted.losses.push({ code, kind, says: sentence });
  }

  /** Gives an answer the next number and its line: "2) Blue". */
  number(text: string, payload: string | undefined, description?: string): string {
    const choice: Choice = { number: this.fitted.choices.length + 1, text, payload: payload ?? text };
    this.fitted.choices.push(choice);
    return choiceLine(choice, description);
  }

  /** The payload itself, or the key that stands for it where the channel carries less. */
  payload(payload: string, max: number | null | undefined): string {
    const unit = this.can.buttons.payloadUnit ?? 'utf16';
    if (max === null || max === undefined || measure(payload, unit) <= max) return payload;
    const key = payloadKey(payload);
    this.fitted.payloads[key] = payload;
    return key;
  }
}

/** How a channel counts labels and the words of cards. */
export const countOfLabels = (can: Capabilities): CountAs => can.labelsCountAs ?? can.text.countAs;

/** Is the feature the channel's own, so that an adapter is asked to render it? */
export const isNative = (level: Level | undefined): boolean => level === 'full' || level === 'partial';

/** One numbered choice as a line of text, the same everywhere: sent, previewed, spoken. */
export const choiceLine = (choice: Pick<Choice, 'number' | 'text'>, description?: string): string =>
  `${choice.number}) ${choice.text}${description ? ` – ${description}` : ''}`;

/** A body with its numbered choices below. */
export const numberedText = (body: string, choices: readonly Pick<Choice, 'number' | 'text'>[]): string =>
  [body.trim(), choices.map((choice) => choiceLine(choice)).join('\n')].filter((text) => text !== '').join('\n\n');

/** How long a payload key is; a channel that carries less carries no payloads. */
export const PAYLOAD_KEY_LENGTH = 17;

/** `~` and 80 bits of hash: the same payload has the same key, so fitting again changes nothing. Keys are looked up within one message only. */
export function payloadKey(payload: string): string {
  const [a, b] = [hash(payload, 0x9e3779b9), hash(payload, 0x85ebca6b)];
  return `~${(a.toString(36).padStart(8, '0') + b.toString(36).padStart(8, '0')).slice(0, 16)}`;
}

/** Two multiplicative hashes of 32 bits, mixed, of which 41 bits are kept (eight digits of base 36). */
function hash(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (low >>> 0) + (high & 0x1ff) * 0x100000000;
}

function formatted(content: Content, markup: Markup): Content {
  const format = markup === 'markdown-subset' ? 'markdown' : markup === 'whatsapp' ? undefined : 'html';
  if (!format) return content;
  switch (content.type) {
    case 'text':
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return { ...content, format };
    default:
      return content;
  }
}
