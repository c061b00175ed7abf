import { randomBytes } from 'node:crypto';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID, as LINE names its events: 48 bits of time and 80 of chance, in Crockford's base 32. */
export function eventId(): string {
  const bytes = Buffer.concat([Buffer.alloc(6), randomBytes(10)]);
  bytes.writeUIntBE(Date.now(), 0, 6);
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = digits[Number(number & 31n)] + text;
    number >>= 5n;
  }
  return text;
}

/** What quotes a message, or marks it as read: letters that mean nothing. */
export const opaque = (): string => randomBytes(24).toString('base64url');
