import { createHmac, randomBytes } from 'node:crypto';
import { simpleParser } from 'mailparser';
import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import type { Watcher } from '../webhook.ts';
import type { MailAccount } from './account.ts';

/** Where a mail came from and where it was to go, as mail servers told each other. */
export interface Envelope {
  sender: string;
  recipient: string;
}

/** Brings a mail to the business: by Mailgun’s routes where one fits, else into the mailbox. */
export function arrive(
  lab: Lab,
  account: MailAccount,
  raw: Buffer,
  envelope: Envelope,
  about: { person?: Person; messageId?: string; watcher?: Watcher } = {},
): void {
  const routes = account.routes
    .filter((route) => fits(route.expression, envelope.recipient))
    .sort((a, b) => a.priority - b.priority);
  for (const route of routes) {
    for (const action of route.actions) {
      const url = /^forward\("([^"]+)"\)$/.exec(action)?.[1];
      if (url) forward(account, url, raw, envelope, about);
    }
    if (route.actions.includes('stop()')) return;
  }
  if (routes.length > 0) return;
  const chaos = lab.chaos.email;
  const received = Buffer.from(`Return-Path: <${envelope.sender}>\r\nDelivered-To: ${envelope.recipient}\r\n`);
  account.mailbox.add(Buffer.concat([received, raw]));
  // A server that was restored, or a person with two programs, has a mail twice.
  if (chaos.draw(chaos.settings.duplicate)) account.mailbox.add(Buffer.concat([received, raw]));
  about.watcher?.attempted?.(true);
  about.watcher?.accepted?.();
}

/** `match_recipient("…")` holds a regular expression, `catch_all()` takes all. */
function fits(expression: string, recipient: string): boolean {
  if (expression === 'catch_all()') return true;
  const pattern = /^match_recipient\("(.*)"\)$/.exec(expression)?.[1];
  return pattern !== undefined && new RegExp(`^${pattern}$`, 'i').test(recipient);
}

/** Posts a mail as Mailgun does: raw to URLs that end in `mime`, else its words and headers as fields and its files as parts. */
function forward(
  account: MailAccount,
  url: string,
  raw: Buffer,
  envelope: Envelope,
  { person, messageId, watcher }: { person?: Person; messageId?: string; watcher?: Watcher },
): void {
  void fieldsOf(raw, envelope, url.endsWith('mime')).then((fields) =>
    account.queue.enqueue({
      lane: person?.id ?? '',
      shown: { ...fields, ...(fields['body-mime'] ? { 'body-mime': fields['body-mime'].slice(0, 2_000) } : {}) },
      ...(person ? { person } : {}),
      ...(messageId ? { messageId } : {}),
      ...(watcher ? { watcher } : {}),
      call: () => ({
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...fields, ...signature(account) }).toString(),
      }),
    }),
  );
}

async function fieldsOf(raw: Buffer, { sender, recipient }: Envelope, whole: boolean): Promise<Record<string, string>> {
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
  const base = { recipient, sender, from: mail.from?.text ?? '', subject: mail.subject ?? '' };
  if (whole) return { ...base, 'body-mime': raw.toString('utf8') };
  const headers = mail.headerLines.map(({ line }) => {
    const colon = line.indexOf(':');
    return [
      line.slice(0, colon),
      line
        .slice(colon + 1)
        .replace(/\s+/g, ' ')
        .trim(),
    ];
  });
  return {
    ...base,
    'body-plain': mail.text ?? '',
    ...(mail.html ? { 'body-html': mail.html } : {}),
    'stripped-text': (mail.text ?? '').split(/\n\nOn .* wrote:\n/)[0]!,
    'message-headers': JSON.stringify(headers),
  };
}

/** hex(HMAC-SHA256(key, timestamp + token)): the body is not covered. */
export function signature(account: MailAccount): { timestamp: string; token: string; signature: string } {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const token = randomBytes(25).toString('hex');
  const key = account.credential('webhookSigningKey');
  return {
    timestamp,
    token,
    signature: createHmac('sha256', key)
      .update(timestamp + token)
      .digest('hex'),
  };
}
