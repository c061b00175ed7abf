import { createHash } from 'node:crypto';

/** An adapter's key as `seen` keeps it: 128 bits of SHA-256, in the form PostgreSQL reads as a uuid. */
export function seenKey(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}
