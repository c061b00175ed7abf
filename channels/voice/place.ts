import { insisting } from '../common/twilio.ts';

/**
 * What has to be known when a call’s next request comes. It travels in the URL that Twilio asks next, which Twilio signs: no process remembers a
 * call, and any of them can answer.
 */
export interface Place {
  /** Counts the requests of a call, so that each has a name of its own. */
  step: number;
  /** The place in the log up to which everything has been said; absent: nothing has, since the call began. */
  after?: string;
  /** Part keys of what the answer before this request said. */
  said: string[];
  /** The menu that is open, if one is. */
  menu?: Menu;
  /** How often the menu was repeated because of a wrong key, or none. */
  tries: number;
  /** Seconds in which nobody has said anything. */
  quiet: number;
  /** Something has been said in this call before. */
  spoken: boolean;
  /** The part that had this call made: what is said first was published under its key, before the call had an id. */
  part?: string;
}

export interface Menu {
  /** The place in the log before the menu, where it can be read again; absent: the call’s beginning. */
  before?: string;
  /** How many choices there are, in levels of nine. */
  choices: number;
  level: number;
  /** Choices that put through to a number. */
  dials: Readonly<Record<number, string>>;
}

/** One level of a menu has the keys 1 to 9. */
export const LEVEL = 9;

/** What a call’s request is about: the last word of its path. The channel’s own URL is where a call comes in. */
export const STOPS = ['next', 'gather', 'recorded', 'dialed', 'status', 'recording', 'transcription'] as const;
export type Stop = (typeof STOPS)[number] | 'incoming';

const PART_KEY = /^dlv_[0-9a-f]{32}\.\d{1,4}$/;
const PLACE = /^\d{1,19}\.\d{1,18}$/;
const MOST_CHOICES = 999;

/** Where a URL of ours leads, and what it remembers. What cannot be read is as if it were not there. */
export function readUrl(publicUrl: string): { base: string; stop: Stop; query: URLSearchParams } {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : new URL('http://nowhere.invalid/');
  const [, base, word] = /^(.*)\/([^/]*)$/.exec(url.pathname) ?? [];
  const stop = STOPS.find((one) => one === word);
  return { base: `${url.origin}${stop ? base : url.pathname}`, stop: stop ?? 'incoming', query: url.searchParams };
}

/** Reads what the URL remembers. */
export function readPlace(query: URLSearchParams): Place {
  const number = (name: string, most = 99_999): number => {
    const value = query.get(name) ?? '';
    return /^\d{1,5}$/.test(value) ? Math.min(Number(value), most) : 0;
  };
  const place = (name: string): string | undefined =>
    PLACE.test(query.get(name) ?? '') ? query.get(name)! : undefined;
  const choices = number('of', MOST_CHOICES);
  const part = readPart(query);
  const menu: Menu | undefined =
    choices > 0
      ? { before: place('before'), choices, level: number('level'), dials: readDials(query.get('dial')) }
      : undefined;
  return {
    step: number('step'),
    after: place('after'),
    said: (query.get('said') ?? '').split('-').filter((key) => PART_KEY.test(key)),
    ...(menu ? { menu } : {}),
    tries: number('tries'),
    quiet: number('quiet'),
    spoken: query.get('spoken') === '1',
    ...(part ? { part } : {}),
  };
}

/** The part key in a URL of ours. */
export function readPart(query: URLSearchParams): string | undefined {
  const part = query.get('part') ?? '';
  return PART_KEY.test(part) ? part : undefined;
}

/** The URL that leads to a stop and remembers the place: of characters that nobody on the way writes differently, since the URL is signed. */
export function writeUrl(base: string, stop: Stop, place: Place): string {
  const query = new URLSearchParams({ step: String(place.step) });
  if (place.after) query.set('after', place.after);
  if (place.said.length > 0) query.set('said', place.said.join('-'));
  if (place.tries > 0) query.set('tries', String(place.tries));
  if (place.quiet > 0) query.set('quiet', String(Math.round(place.quiet)));
  if (place.spoken) query.set('spoken', '1');
  if (place.part) query.set('part', place.part);
  if (place.menu) {
    const { before, choices, level, dials } = place.menu;
    query.set('of', String(choices));
    if (before) query.set('before', before);
    if (level > 0) query.set('level', String(level));
    const numbers = Object.entries(dials).map(([no, number]) => `${no}_${number.replace(/^\+/, '')}`);
    if (numbers.length > 0) query.set('dial', numbers.join('-'));
  }
  return insisting(`${base}${stop === 'incoming' ? '' : `/${stop}`}?${query}`);
}

function readDials(text: string | null): Record<number, string> {
  return Object.fromEntries(
    [...(text ?? '').matchAll(/(\d{1,3})_(\d{7,15})(?:-|$)/g)].map(([, no, number]) => [Number(no), `+${number}`]),
  );
}

/** What a key means in a menu: a choice by its number, the next level, the menu once more, a person, or nothing. */
export function readKey(
  digits: string,
  menu: Menu,
  hasPerson: boolean,
): number | 'more' | 'again' | 'person' | 'wrong' {
  if (digits === '*') return 'again';
  const first = menu.level * LEVEL;
  if (digits === '0') return menu.choices > first + LEVEL ? 'more' : hasPerson ? 'person' : 'wrong';
  const number = first + Number(digits);
  return /^[1-9]$/.test(digits) && number <= menu.choices ? number : 'wrong';
}
