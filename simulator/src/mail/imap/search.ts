import type { Kept } from '../mailbox.ts';
import type { Token } from './lines.ts';

/** The uids or numbers of a set: `4`, `4:7`, `4:*`, `*`. The last one counts for `*` even where the set begins above it. */
export function inSet(set: string, last: number): (number: number) => boolean {
  const ranges = set.split(',').map((range) => {
    const [from = '', to = from] = range.split(':');
    const ends = [from, to].map((end) => (end === '*' ? last : Number(end))).sort((a, b) => a - b);
    return { from: ends[0]!, to: ends[1]! };
  });
  return (number) => ranges.some((range) => number >= range.from && number <= range.to);
}

/** What of SEARCH programs that follow a mailbox ask. Throws on other keys. */
export function search(kept: readonly Kept[], keys: readonly Token[]): Kept[] {
  const last = kept.at(-1)?.uid ?? 0;
  const tests: ((mail: Kept) => boolean)[] = [];
  for (let at = 0; at < keys.length; at++) {
    const key = String(keys[at]).toUpperCase();
    if (key === 'ALL') continue;
    if (key === 'SEEN') tests.push((mail) => mail.flags.has('\\Seen'));
    else if (key === 'UNSEEN') tests.push((mail) => !mail.flags.has('\\Seen'));
    else if (key === 'UID') tests.push(byUid(String(keys[++at]), last));
    else if (key === 'SINCE') tests.push(since(String(keys[++at])));
    else if (/^[\d:*,]+$/.test(key)) {
      const fits = inSet(key, kept.length);
      tests.push((mail) => fits(kept.indexOf(mail) + 1));
    } else throw new Error(`SEARCH ${key} is not played.`);
  }
  return kept.filter((mail) => tests.every((test) => test(mail)));
}

function byUid(set: string, last: number): (mail: Kept) => boolean {
  const fits = inSet(set, last);
  return (mail) => fits(mail.uid);
}

/** Whole days, as IMAP means them. */
function since(day: string): (mail: Kept) => boolean {
  const start = Date.parse(`${day} UTC`);
  return (mail) => mail.at.getTime() >= start;
}
