import { type Choice, choiceLine, type MessagePart } from '@tributary/protocol';

/** One part of a message, as it waits in the log to be said into a call. */
export interface Frame {
  /** The part key: a frame that was published twice is said once. */
  id: string;
  /** The call it is meant for. */
  call: string;
  /** Words as they are spoken, with the lines of the choices among them. */
  text?: string;
  /** A sound to play after the words. */
  play?: string;
  /** The choices whose lines stand in the words. */
  choices?: Spoken[];
}

/** A numbered choice; `dial` where it puts through to a number. */
export interface Spoken {
  number: number;
  text: string;
  /** What follows it on its line. */
  more?: string;
  dial?: string;
}

/** A frame of what fit() made. `choices` are those of the whole message. */
export function frameOf(part: MessagePart, choices: readonly Choice[], id: string, call: string): Frame {
  const { content } = part;
  const written = 'text' in content ? (content.text ?? '') : '';
  const mine = choices.flatMap((choice) => spokenOf(choice, written.split('\n')));
  const text = sayable(written);
  return {
    id,
    call,
    ...(text ? { text } : {}),
    ...(content.type === 'audio' && content.media.url ? { play: content.media.url } : {}),
    ...(mine.length > 0 ? { choices: mine } : {}),
  };
}

function spokenOf(choice: Choice, lines: readonly string[]): Spoken[] {
  const line = choiceLine(choice);
  const found = lines.find((one) => one === line || one.startsWith(`${line} – `));
  if (found === undefined) return [];
  const more = sayable(found.slice(line.length + 3));
  const dial = /^tel:(\+\d{7,15})$/.exec(choice.payload)?.[1];
  return [{ number: choice.number, text: sayable(choice.text), ...(more ? { more } : {}), ...(dial ? { dial } : {}) }];
}

/** Is this the frame we published? The log may hold anything. */
export function isFrame(value: unknown): value is Frame {
  const frame = value as Frame | null;
  return typeof frame === 'object' && frame !== null && typeof frame.id === 'string' && typeof frame.call === 'string';
}

/** The text without the lines of its choices. */
export function withoutChoices(frame: Frame): string {
  return eachLine(frame, () => []);
}

/** The text with each choice said by `say` where its line stands. */
export function eachLine(frame: Frame, say: (choice: Spoken) => string[]): string {
  const lines = new Map((frame.choices ?? []).map((choice) => [lineOf(choice), choice]));
  return (frame.text ?? '')
    .split('\n')
    .flatMap((line) => {
      const choice = lines.get(line);
      return choice ? say(choice) : [line];
    })
    .join('\n')
    .trim();
}

const lineOf = ({ number, text, more }: Spoken): string => choiceLine({ number, text }, more);

/**
 * Words as a voice can say them: a link is named by its site, a phone number is read digit by digit, and what XML cannot carry is left out.
 */
export function sayable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Co}\p{Cs}\ufffe\uffff]/gu, (char) => (char === '\n' ? '\n' : char === '\t' ? ' ' : ''))
    .replace(/https?:\/\/[^\s<>"]+/gi, (url) => siteOf(url))
    .replace(/(?<![\w+])\+\d{7,15}(?!\w)/g, (number) => [...number.slice(1)].join(' '));
}

function siteOf(url: string): string {
  // A sentence may end with a link.
  const [, link = '', mark = ''] = /^(.*?)([.,;:!?)]*)$/s.exec(url) ?? [];
  return URL.canParse(link) ? `${new URL(link).hostname.replace(/^www\./, '')}${mark}` : url;
}
