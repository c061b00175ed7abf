import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** scrypt with the parameters that OWASP’s password storage page names for 2^16: about 64 MB and a fifth of a second each. */
const COST = { N: 2 ** 16, r: 8, p: 2, maxmem: 256 * 1024 * 1024 };
const LENGTH = 32;
const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt);

/** At least so many characters; how they are chosen is everybody’s own affair. */
export const PASSWORD_MIN = 10;
/** Longer ones only cost time. */
export const PASSWORD_MAX = 200;

/** What is stored of a password: `scrypt$SALT$HASH`, base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password.normalize('NFKC'), salt, LENGTH, COST);
  return `scrypt$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** In constant time, and as slow for what was never stored: nobody learns which addresses exist. */
export async function checkPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, salt = '', hash = ''] = /^scrypt\$([^$]+)\$([^$]+)$/.exec(stored ?? '') ?? [];
  const wanted = Buffer.from(hash, 'base64');
  const found = await derive(password.normalize('NFKC'), Buffer.from(salt || 'nobody', 'base64'), LENGTH, COST);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}
