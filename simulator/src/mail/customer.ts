import { randomBytes } from 'node:crypto';
import type { Act, Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import type { Watcher } from '../webhook.ts';
import type { MailAccount } from './account.ts';
import { writeReceipt } from './bounce.ts';
import { type Draft, writeMail } from './compose.ts';
import { tellEvent } from './events.ts';
import { arrive } from './routes.ts';

/** What a person does with their mail program. Answers the id of the mail that made. */
export function actOnMail(lab: Lab, account: MailAccount, person: Person, act: Act): string | null {
  const phone = account.phones.of(person);
  switch (act.do) {
    case 'text':
      return reply(lab, account, phone, act.text, act.replyTo ? entryOf(phone, act.replyTo) : newest(phone));
    case 'mail': {
      const answered = act.inReplyTo ? entryOf(phone, act.inReplyTo) : undefined;
      const attachments = (act.attachments ?? []).map(({ base64, ...file }) => ({
        ...file,
        bytes: Buffer.from(base64, 'base64'),
      }));
      const { subject, text, html, automatic = false } = act;
      return write(lab, account, phone, { subject, text, html, attachments, automatic }, answered);
    }
    case 'image':
    case 'video':
    case 'audio':
    case 'document': {
      const file = { filename: act.filename, mimeType: act.mimeType, bytes: Buffer.from(act.base64, 'base64') };
      const answered = newest(phone);
      const subject = answered ? again(answered) : act.filename;
      return write(lab, account, phone, { subject, text: act.caption ?? '', attachments: [file] }, answered);
    }
    case 'tap':
      return tap(lab, account, phone, act.messageId, act.buttonId);
    case 'read':
      read(lab, account, phone);
      return null;
    case 'block':
      // At Mailgun’s, whoever calls a mail spam is told to the sender.
      for (const entry of phone.entries.slice(-1)) tellEvent(lab, account, 'complained', entry.raw?.sent, person);
      phone.blocked = true;
      lab.changed(account.public, person, 'block');
      return null;
    case 'unblock':
      phone.blocked = false;
      lab.changed(account.public, person, 'block');
      return null;
    default:
      throw cannot('email', act);
  }
}

interface Words {
  subject: string;
  text: string;
  html?: string;
  attachments?: Draft['attachments'];
  automatic?: boolean;
  /** To another address than where the mail it answers wants its answers. */
  to?: string;
}

/** A short mail of its own, for loads. */
export function writeText(lab: Lab, account: MailAccount, person: Person, text: string, watcher?: Watcher): string {
  return write(lab, account, account.phones.of(person), { subject: 'Hello', text }, undefined, watcher);
}

function write(
  lab: Lab,
  account: MailAccount,
  phone: PhoneState,
  words: Words,
  answered?: Entry,
  watcher?: Watcher,
): string {
  const { person } = phone;
  const id = `${randomBytes(12).toString('hex')}@people.example`;
  const to = words.to ?? (answered ? String(answered.raw?.answersTo ?? account.address) : account.address);
  const { subject, text, html, attachments, automatic = false } = words;
  const references = answered ? [...((answered.raw?.references as string[] | undefined) ?? []), answered.view.id] : [];
  const raw = writeMail({
    id,
    from: { name: person.name, address: person.email },
    to,
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    ...(attachments ? { attachments } : {}),
    headers: {
      ...(answered ? { 'In-Reply-To': answered.view.id, References: references.join(' ') } : {}),
      // RFC 3834, and what Outlook adds.
      ...(automatic
        ? { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All', Precedence: 'auto_reply' }
        : {}),
    },
  });
  const envelope = { sender: automatic ? '' : person.email, recipient: to };
  const files = (attachments ?? []).map(({ filename, mimeType, bytes }) => {
    const { id: stored } = lab.files.put({ filename, mimeType, bytes });
    return { url: `/lab/files/${stored}`, filename, mimeType };
  });
  const entry = remember(phone, {
    view: {
      id: `<${id}>`,
      from: 'customer',
      at: new Date().toISOString(),
      kind: 'mail',
      subject,
      text,
      ...(html === undefined ? {} : { html }),
      ...(files.length > 0 ? { attachments: files } : {}),
      thread: references[0] ?? `<${id}>`,
      ...(answered ? { replyTo: answered.view.id } : {}),
      status: 'sending',
    },
    raw: { references },
  });
  phone.started = true;
  phone.lastWordAt = Date.now();
  lab.changed(account.public, person, 'message', entry.view.id);
  arrive(lab, account, raw, envelope, {
    person,
    messageId: entry.view.id,
    watcher: {
      attempted: (ok) => {
        watcher?.attempted?.(ok);
        if (inCrowd(person)) return;
        entry.view.status = ok ? 'accepted' : 'refused';
        lab.changed(account.public, person, 'status', entry.view.id);
      },
      ...(watcher?.accepted ? { accepted: watcher.accepted } : {}),
    },
  });
  return entry.view.id;
}

/** An answer below which the mail it answers is quoted, as most programs do it. */
function reply(lab: Lab, account: MailAccount, phone: PhoneState, text: string, answered: Entry | undefined): string {
  if (!answered) return write(lab, account, phone, { subject: text.split('\n')[0]!.slice(0, 60) || 'Hello', text });
  const quoted = (answered.view.text ?? '')
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
  const date = new Date(answered.view.at).toUTCString().replace(/:\d\d GMT$/, '');
  const whole = `${text}\n\nOn ${date}, ${account.public.title} <${account.address}> wrote:\n${quoted}\n`;
  return write(lab, account, phone, { subject: again(answered), text: whole }, answered);
}

const again = ({ view }: Entry): string => `Re: ${(view.subject ?? '').replace(/^(?:re:\s*)+/i, '')}`;

const newest = (phone: PhoneState): Entry | undefined => phone.entries.findLast(({ view }) => view.from === 'business');

function entryOf(phone: PhoneState, id: string): Entry {
  const entry = findEntry(phone, id);
  if (!entry) throw new LabError(404, `There is no mail ${id} in this mailbox.`);
  return entry;
}

/** A link: one that writes a mail is written and sent, one that leads elsewhere leaves the program. */
function tap(lab: Lab, account: MailAccount, phone: PhoneState, messageId: string, buttonId: string): string | null {
  const entry = entryOf(phone, messageId);
  const button = (entry.view.buttons ?? []).flat().find(({ id }) => id === buttonId);
  if (!button) throw new LabError(404, `The mail has no link ${JSON.stringify(buttonId)}.`);
  if (button.id === 'unsubscribe') {
    unsubscribe(lab, account, phone.person, entry);
    return null;
  }
  if (!button.id.startsWith('mailto:')) return null;
  const target = new URL(button.id);
  const words = {
    subject: target.searchParams.get('subject') ?? '',
    text: target.searchParams.get('body') ?? '',
    to: decodeURIComponent(target.pathname),
  };
  // A program that opens such a link begins a new mail: it knows of no other.
  return write(lab, account, phone, words);
}

/** One click, as RFC 8058 has it; without that, a mail to the address the header names. */
function unsubscribe(lab: Lab, account: MailAccount, person: Person, entry: Entry): void {
  const targets = [...String(entry.raw?.unsubscribe ?? '').matchAll(/<([^>]+)>/g)].map((found) => found[1]!);
  const url = targets.find((target) => /^https?:/.test(target));
  if (url && /one-click/i.test(String(entry.raw?.oneClick ?? ''))) {
    account.queue.enqueue({
      lane: person.id,
      shown: 'List-Unsubscribe=One-Click',
      person,
      messageId: entry.view.id,
      call: () => ({
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'List-Unsubscribe=One-Click',
      }),
    });
    return;
  }
  const address = targets.find((target) => target.startsWith('mailto:'));
  if (address)
    write(lab, account, account.phones.of(person), {
      subject: 'unsubscribe',
      text: 'unsubscribe',
      to: new URL(address).pathname,
    });
}

/** Opens what is unread: a receipt where one was asked for, and the picture by which Mailgun learns of it. */
function read(lab: Lab, account: MailAccount, phone: PhoneState): void {
  for (const entry of phone.entries) {
    if (entry.view.from !== 'business' || entry.view.status === 'read') continue;
    entry.view.status = 'read';
    lab.changed(account.public, phone.person, 'status', entry.view.id);
    const { person } = phone;
    if (entry.raw?.sent) tellEvent(lab, account, 'opened', entry.raw.sent, person);
    else if (entry.raw?.asksForReceipt) {
      const raw = writeReceipt(entry.view.id, person.email, account.address);
      arrive(lab, account, raw, { sender: person.email, recipient: account.address }, { person });
    }
  }
}
