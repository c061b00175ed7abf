import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseId, uuidOf } from '@tributary/protocol';

/** Links to files, signed and good until they expire. Ids with or without their kind. */
export interface MediaLinks {
  /** The link to a file of a workspace. The same file and time give the same link. */
  sign(ws: string, id: string, until: Date): string;
  /** Whether a link's query is ours for this file and still good. Constant time. */
  check(ws: string, id: string, query: { until?: unknown; signature?: unknown }, at: Date): boolean;
  /** The parts of a link that looks like ours. */
  read(url: string): { id: string; until: string; signature: string } | undefined;
  /** A handle for a file that somebody uploaded on a channel: what they say next names it so, and nobody can name a file of somebody else's. */
  handle(channel: string, id: string, until: Date): string;
  /** The file that a handle of ours names, while it is good. */
  fileOf(channel: string, handle: unknown, at: Date): string | undefined;
}

const DAY_MS = 86_400_000;

/** `key` is the installation's; links that were signed before it changed are good no more. */
export function mediaLinks(key: Uint8Array, publicUrl: () => string): MediaLinks {
  const own = createHmac('sha256', key).update('media links').digest();
  const signatureOf = (...named: string[]): string =>
    createHmac('sha256', own).update(named.join(' ')).digest('base64url').slice(0, 32);
  const secondsOf = (until: Date): string => String(Math.floor(until.getTime() / 1_000));
  const isGood = (until: string, given: string, mine: string, at: Date): boolean =>
    given.length === mine.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(mine)) &&
    Number(until) * 1_000 > at.getTime();

  return {
    sign(ws, id, until) {
      const seconds = secondsOf(until);
      const signature = signatureOf('link', uuidOf(ws), uuidOf(id), seconds);
      return `${publicUrl()}/media/media_${uuidOf(id)}?until=${seconds}&signature=${signature}`;
    },
    check(ws, id, { until, signature }, at) {
      if (typeof until !== 'string' || typeof signature !== 'string' || !FORM.test(`${until}.${signature}`))
        return false;
      return isGood(until, signature, signatureOf('link', uuidOf(ws), uuidOf(id), until), at);
    },
    read(url) {
      if (!url.startsWith(`${publicUrl()}/media/`) || !URL.canParse(url)) return undefined;
      const { pathname, searchParams } = new URL(url);
      const id = parseId('media', pathname.slice(pathname.lastIndexOf('/') + 1));
      const until = searchParams.get('until');
      const signature = searchParams.get('signature');
      return id && until && signature ? { id: uuidOf(id), until, signature } : undefined;
    },
    handle(channel, id, until) {
      const seconds = secondsOf(until);
      return `${uuidOf(id)}.${seconds}.${signatureOf('upload', uuidOf(channel), uuidOf(id), seconds)}`;
    },
    fileOf(channel, handle, at) {
      const [id = '', until = '', signature = ''] = typeof handle === 'string' ? handle.split('.') : [];
      if (!FORM.test(`${until}.${signature}`)) return undefined;
      return isGood(until, signature, signatureOf('upload', uuidOf(channel), id, until), at) ? id : undefined;
    },
  };
}

/** Seconds since 1970, and 32 letters of base64url. */
const FORM = /^\d{1,12}\.[\w-]{32}$/;

/** A link that is shown now is good for one to two days: until the end of tomorrow, so that the same page shows the same link. */
export const untilTomorrow = (now: Date): Date => new Date((Math.floor(now.getTime() / DAY_MS) + 2) * DAY_MS);

/**
 * A link that goes out with a message is good for five weeks, counted from when it was accepted: its id tells, so that every retry says the same. A
 * message may wait thirty days for its person, who then has some left.
 */
export const fiveWeeksAfter = (message: string): Date =>
  new Date(Number.parseInt(uuidOf(message).slice(0, 12), 16) + 35 * DAY_MS);

/**
 * Whatever was written down, with a fresh link beside the id of every stored file in it. A file that could not be had gets none. The same object where
 * no file is named.
 */
export function withLinks<T>(value: T, link: (mediaId: string) => string): T {
  if (Array.isArray(value)) {
    const items = value.map((item) => withLinks(item, link));
    return items.some((item, i) => item !== value[i]) ? (items as T) : value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  let changed: Record<string, unknown> | undefined;
  for (const [name, item] of Object.entries(value)) {
    const linked = withLinks(item, link);
    if (linked !== item) changed = { ...(changed ?? value), [name]: linked };
  }
  const { mediaId, error } = value as { mediaId?: unknown; error?: unknown };
  if (typeof mediaId === 'string' && error === undefined && parseId('media', mediaId)) {
    changed = { ...(changed ?? value), url: link(mediaId) };
  }
  return (changed ?? value) as T;
}
