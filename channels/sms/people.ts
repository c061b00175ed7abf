import type { Address } from '../adapter.ts';
import type { SmsConfig } from './config.ts';

/** Carriers other than SMS that Twilio marks with a prefix. */
const PREFIX = /^(rcs|whatsapp|messenger):/;

/** What stands before an address: `rcs` in `rcs:+15550100201`; nothing for SMS. */
export function carrierOf(address: string | undefined): string | undefined {
  return PREFIX.exec(address ?? '')?.[1];
}

/** The address without the carrier’s prefix. */
export const bare = (address: string): string => address.replace(PREFIX, '');

/** Who wrote: mostly a number, but short codes and names of letters write too. They are no phone numbers, so they do not become a contact’s. */
export function toAddress(from: string | undefined): Address | undefined {
  const value = bare(from ?? '').trim();
  if (value === '') return undefined;
  return /^\+[1-9]\d{3,19}$/.test(value) ? { kind: 'phone', value } : { kind: 'user_id', value };
}

/** Opens a message to us on a telephone, with the code as its words. A sender without a number cannot be written to. */
export function deepLink(code: string, { phoneNumber }: Pick<SmsConfig, 'phoneNumber'>): { url: string } {
  if (!phoneNumber || !/^\+?\d+$/.test(phoneNumber))
    throw new Error('A link to SMS needs a channel with a phone number.');
  return { url: `sms:${phoneNumber}?body=${encodeURIComponent(code)}` };
}
