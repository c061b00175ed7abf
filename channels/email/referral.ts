import type { InboundEvent } from '../adapter.ts';
import { type EmailConfig, inboxOf } from './config.ts';
import type { Letter } from './letter.ts';

/** A link that begins a mail to us, with a code in its subject: what leads somebody here from another channel. */

const CODE = /\[#([\w-]{1,64})\]/;

/** Programs fill in the subject, and people leave it as it is. */
export function linkFor(code: string, config: EmailConfig): string {
  if (!/^[\w-]{1,64}$/.test(code)) throw new Error('A code is 1 to 64 letters, digits, - and _.');
  return `mailto:${inboxOf(config)}?subject=${encodeURIComponent(`Hello [#${code}]`)}`;
}

/** The code that a mail begins with. Answers repeat the subject, and lead nowhere new. */
export function readReferral(
  letter: Letter,
  base: Pick<InboundEvent, 'account' | 'at' | 'raw'>,
): InboundEvent | undefined {
  const code = CODE.exec(letter.subject)?.[1];
  if (!code || letter.inReplyTo || letter.references.length > 0) return undefined;
  return {
    ...base,
    type: 'referral',
    key: `referral:${letter.id}`,
    from: { kind: 'email', value: letter.from.address },
    detail: { source: 'deep_link', code, externalId: letter.id },
  };
}
