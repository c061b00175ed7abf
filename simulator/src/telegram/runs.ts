import { badRequest } from './error.ts';

/** A run of formatted text; offsets count UTF-16 units, as everywhere at Telegram. */
export interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  language?: string;
  user?: { id: number };
  custom_emoji_id?: string;
}
export interface Formatted {
  text: string;
  entities: Entity[];
}

/** A refusal while parsing, with Telegram's prefix. */
export const cannotParse = (sentence: string) => badRequest(`can't parse entities: ${sentence}`);

/** Where Telegram says an error is: bytes of UTF-8. */
export const byteOffset = (text: string, index: number): number => Buffer.byteLength(text.slice(0, index));

/** A link's entity; Telegram leaves out links that are none, without complaint. */
export function linkEntity(url: string, offset: number, length: number): Entity | undefined {
  const user = /^tg:(?:\/\/)?user\?id=(\d+)/.exec(url);
  if (user) return { type: 'text_mention', offset, length, user: { id: Number(user[1]) } };
  const checked = checkUrl(url);
  return checked === undefined ? undefined : { type: 'text_link', offset, length, url: checked };
}

/** Telegram's idea of a URL: http, https, tg or ton; a host with a dot or an address; no spaces. */
export function checkUrl(url: string): string | undefined {
  if (/^(?:tg|ton|tonsite):/i.test(url)) return url;
  if (/\s/.test(url)) return undefined;
  try {
    const parsed = new URL(/^\w+:\/\//.test(url) ? url : `http://${url}`);
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return undefined;
    if (!parsed.hostname.includes('.') && !parsed.hostname.startsWith('[')) return undefined;
    return parsed.href;
  } catch {
    return undefined;
  }
}
