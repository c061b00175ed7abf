import { headerOf, type Letter } from './letter.ts';

/** Why a program must have written this mail, in words; `undefined` for a person’s. By the headers of RFC 3834 and those that came before it. */
export function automaticBecause(letter: Letter): string | undefined {
  const submitted = headerOf(letter, 'auto-submitted')?.replace(/;.*$/s, '').trim().toLowerCase();
  if (submitted && submitted !== 'no') return `Auto-Submitted: ${submitted}`;
  const precedence = headerOf(letter, 'precedence')?.trim().toLowerCase();
  if (precedence && /^(?:bulk|junk|list|auto_reply)$/.test(precedence)) return `Precedence: ${precedence}`;
  for (const name of ['list-id', 'x-autoreply', 'x-autorespond', 'x-autoresponder'])
    if (letter.headers.has(name)) return `${name} is set`;
  // Outlook’s senders set it on what they send by themselves; what people write may have it with `OOF` or the like to ask others for silence.
  if (/\bAll\b/i.test(headerOf(letter, 'x-auto-response-suppress') ?? '')) return 'X-Auto-Response-Suppress: All';
  if (/^<\s*>$/.test(headerOf(letter, 'return-path') ?? '')) return 'it has no return path';
  const local = letter.from.address.split('@')[0]!;
  if (/^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+.-]|$)/.test(local))
    return `it comes from ${local}`;
  return undefined;
}
