import { randomBytes } from 'node:crypto';
import type { Person } from '../control.ts';

// A part that differs in each run, so that a new Lab never uses an old id.
const run = randomBytes(4).toString('hex').toUpperCase();
let count = 0;

/** A message id in the form of the real ones: base64 of the number, the direction and a serial. */
export function newWamid(waId: string, direction: 'in' | 'out'): string {
  const serial = (direction === 'in' ? '3A' : '') + run + (count++).toString(16).toUpperCase().padStart(10, '0');
  const bytes = `\x1c\x18${String.fromCharCode(waId.length)}${waId}\x15\x02\x00${direction === 'in' ? '\x12' : '\x11'}\x18${String.fromCharCode(serial.length)}${serial}\x00`;
  return `wamid.${Buffer.from(bytes, 'latin1').toString('base64')}`;
}

/** The customer's number that an id of ours carries; empty for ids of another make. */
export function numberOf(wamid: string): string {
  const bytes = Buffer.from(wamid.slice('wamid.'.length), 'base64');
  return bytes.toString('latin1', 3, 3 + (bytes[2] ?? 0));
}

const contacts = new WeakMap<Person, Record<string, unknown>>();

/** The person as `contacts` names them; always the same object for the same person. */
export function contactOf(person: Person): Record<string, unknown> {
  const known = contacts.get(person);
  if (known) return known;
  const { waId, userId, username, hidesNumber } = person.whatsapp;
  const contact = {
    profile: { name: person.name, ...(username ? { username } : {}) },
    ...(hidesNumber ? {} : { wa_id: waId }),
    user_id: userId,
  };
  contacts.set(person, contact);
  return contact;
}

/** Seconds, as text: how WhatsApp writes times. */
export const seconds = (): string => String(Math.floor(Date.now() / 1000));
