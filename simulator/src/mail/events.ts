import { randomBytes } from 'node:crypto';
import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import type { MailAccount } from './account.ts';
import { signature } from './routes.ts';

/** What Mailgun keeps of a message it took, for the events about it. */
export interface SentMail {
  /** Without angle brackets, as events have it. */
  id: string;
  to: string;
  from: string;
  subject: string;
  recipient: string;
  variables: Record<string, string>;
  tags: string[];
  tracks: boolean;
}

/** The webhook that hears of an event. */
const WEBHOOK: Readonly<Record<string, string>> = { failed: 'permanent_fail', rejected: 'permanent_fail' };

/** Tells the platform what became of a message, where it asked to be told (`{signature, "event-data"}`). */
export function tellEvent(
  lab: Lab,
  account: MailAccount,
  event: string,
  told: unknown,
  person: Person | undefined,
  more: Record<string, unknown> = {},
): void {
  const sent = told as SentMail | undefined;
  if (!sent || (!sent.tracks && (event === 'opened' || event === 'clicked'))) return;
  const { settings } = lab.chaos.email;
  const name = more.severity === 'temporary' ? 'temporary_fail' : (WEBHOOK[event] ?? event);
  const data = {
    id: randomBytes(12).toString('base64url'),
    timestamp: Date.now() / 1000,
    event,
    recipient: sent.recipient,
    'recipient-domain': sent.recipient.split('@')[1],
    tags: sent.tags,
    campaigns: [],
    'user-variables': sent.variables,
    message: {
      headers: { to: sent.to, 'message-id': sent.id, from: sent.from, subject: sent.subject },
      attachments: [],
      size: 1520,
    },
    flags: { 'is-routed': false, 'is-authenticated': true, 'is-system-test': false, 'is-test-mode': false },
    'log-level': event === 'failed' ? 'error' : 'info',
    ...more,
  };
  account.events.push(data);
  if (account.events.length > 1_000) account.events.shift();
  const post = (): void => {
    for (const url of account.webhooks.get(name) ?? [])
      account.queue.enqueue({
        lane: `${person?.id ?? ''} ${url}`,
        shown: data,
        ...(person ? { person } : {}),
        messageId: `<${sent.id}>`,
        call: () => ({
          url,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ signature: signature(account), 'event-data': data }),
        }),
      });
  };
  if (person && inCrowd(person)) account.ledger.receipt(person.id, event === 'delivered' ? 'delivered' : 'sent');
  if (settings.noReceipts) return;
  if (settings.lateReceiptMs > 0) lab.later(settings.lateReceiptMs, post);
  else post();
}
