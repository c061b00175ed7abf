import { createHmac, randomUUID } from 'node:crypto';
import type { Call } from '../webhook.ts';

/** The fields of a form, in the order they are written. */
export type Fields = Record<string, string>;

/** Twilio's signature: the URL as it is called, then each field's name and value by the order of names, all under the account's token. */
export function sign(authToken: string, url: string, fields: Fields): string {
  const data = Object.keys(fields)
    .sort()
    .reduce((text, name) => text + name + fields[name], url);
  return createHmac('sha1', authToken).update(data, 'utf8').digest('base64');
}

/** The part of a URL that is called; what follows `#` only tells how. */
export const called = (url: string): string => url.split('#')[0]!;

/** How often a webhook is tried: once, unless its URL asks for more with `#rc=3`. */
export function attemptsOf(url: string): number {
  const wanted = Number(new URLSearchParams(url.split('#')[1] ?? '').get('rc'));
  return 1 + (Number.isInteger(wanted) ? Math.min(5, Math.max(0, wanted)) : 0);
}

/** Makes the webhook of a form, signed; every try of it carries the same token. */
export function signedForm(authToken: string, url: string, fields: Fields): () => Call {
  const at = called(url);
  const token = randomUUID();
  return () => ({
    url: at,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': sign(authToken, at, fields),
      'i-twilio-idempotency-token': token,
      'user-agent': 'TwilioProxy/1.1',
    },
    body: new URLSearchParams(fields).toString(),
  });
}
