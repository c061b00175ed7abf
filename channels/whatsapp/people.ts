import type { Address, Profile } from '../adapter.ts';
import { type Json, present, readObject, readText } from '../common/json.ts';
import { readPhone } from '../common/phone.ts';

/** `15550199001` → `+15550199001`: WhatsApp writes numbers without the plus. */
export function toPhone(waId: unknown): string | undefined {
  const digits = readText(waId)?.replace(/^\+/, '');
  return digits && /^\d{4,20}$/.test(digits) ? `+${digits}` : undefined;
}

/**
 * A person by number, by business-scoped id, or by both: then the number is the main name and the id its alias. People who took a username may
 * hide the number, and older webhooks know no id.
 */
export function toAddress(waId: unknown, userId: unknown): Address | undefined {
  const phone = toPhone(waId);
  const scoped = readText(userId);
  if (phone) {
    return { kind: 'phone', value: phone, ...(scoped ? { aliases: [{ kind: 'scoped_id', value: scoped }] } : {}) };
  }
  return scoped ? { kind: 'scoped_id', value: scoped } : undefined;
}

/** Business-scoped ids: the country, a dot, and up to 128 letters and digits; `ENT.` within is a portfolio’s. */
const SCOPED_ID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/** An address as a caller writes it: a number in the international form, with or without the plus, or a business-scoped id. */
export function readAddress(text: string): Address | undefined {
  const written = text.trim();
  return SCOPED_ID.test(written) ? { kind: 'scoped_id', value: written } : readPhone(written);
}

/** What `value.contacts` tells of a sender. It may be missing, and its order means nothing: only ids match. */
export function findContact(contacts: readonly Json[], waId: unknown, userId: unknown): Json | undefined {
  const phone = toPhone(waId);
  const scoped = readText(userId);
  return contacts.find(
    (contact) =>
      (scoped !== undefined && readText(contact.user_id) === scoped) ||
      (phone !== undefined && toPhone(contact.wa_id) === phone),
  );
}

/** The name and username someone goes by. */
export function toProfile(contact: Json | undefined): Profile | undefined {
  const profile = readObject(contact?.profile);
  return present({ name: readText(profile?.name), username: readText(profile?.username) });
}

/** Our number as people dial it, from the webhook’s metadata. */
export function readOurNumber(metadata: Json | undefined): string | undefined {
  return toPhone(readText(metadata?.display_phone_number)?.replace(/[^\d]/g, ''));
}
