import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import type { Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { type Entry, remember } from '../phones.ts';
import type { MailAccount } from './account.ts';

/** Shows a mail of the business in somebody’s mail program. Answers what the program keeps of it. */
export async function showMail(lab: Lab, account: MailAccount, person: Person, raw: Buffer): Promise<Entry> {
  const mail = await simpleParser(raw, { keepCidLinks: true, skipTextToHtml: true, skipHtmlToText: true });
  const phone = account.phones.of(person);
  const id = mail.messageId ?? `<${Date.now()}@unnamed.example>`;
  const buttons = readButtons(mail);
  const attachments = mail.attachments.map((file) => {
    const { id: stored, filename } = lab.files.put({
      mimeType: file.contentType,
      ...(file.filename ? { filename: file.filename } : {}),
      bytes: file.content,
    });
    return { url: `/lab/files/${stored}`, filename, mimeType: file.contentType, cid: file.cid };
  });
  const html = attachments.reduce(
    (words, file) => (file.cid ? words.replaceAll(`cid:${file.cid}`, `${lab.url}${file.url}`) : words),
    mail.html || '',
  );
  const entry = remember(phone, {
    view: {
      id,
      from: 'business',
      at: new Date().toISOString(),
      kind: 'mail',
      subject: mail.subject ?? '',
      text: (mail.text ?? '').trimEnd(),
      ...(html ? { html } : {}),
      ...(attachments.length > 0 ? { attachments: attachments.map(({ cid: _, ...file }) => file) } : {}),
      ...(buttons.length > 0 ? { buttons } : {}),
      thread: threadOf(mail, id),
      ...(mail.inReplyTo ? { replyTo: mail.inReplyTo } : {}),
      status: 'delivered',
    },
    raw: {
      from: one(mail.from) ?? account.address,
      answersTo: one(mail.replyTo) ?? one(mail.from) ?? account.address,
      references: [mail.references ?? []].flat(),
      asksForReceipt: mail.headers.has('disposition-notification-to'),
      unsubscribe: headerOf(mail, 'list-unsubscribe'),
      oneClick: headerOf(mail, 'list-unsubscribe-post'),
      automatic: headerOf(mail, 'auto-submitted'),
    },
  });
  lab.changed(account.public, person, 'message', id, entry.view.text);
  return entry;
}

const one = (header: AddressObject | undefined): string | undefined => header?.value[0]?.address?.toLowerCase();

/** The lines of a header as they came. */
function headerOf(mail: ParsedMail, name: string): string | undefined {
  const line = mail.headerLines.find(({ key }) => key === name)?.line;
  return line
    ?.slice(line.indexOf(':') + 1)
    .replace(/\s+/g, ' ')
    .trim();
}

/** Mail programs join what refers to the same first mail. */
const threadOf = (mail: ParsedMail, id: string): string => [mail.references ?? []].flat()[0] ?? mail.inReplyTo ?? id;

/** The links of the HTML, and what programs offer above a mail that may be unsubscribed from. */
function readButtons(mail: ParsedMail): NonNullable<PhoneMessage['buttons']> {
  const rows: NonNullable<PhoneMessage['buttons']> = [];
  for (const [, target = '', words = ''] of (mail.html || '').matchAll(
    /<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)<\/a>/gis,
  )) {
    const url = readEntities(target);
    const kind = url.startsWith('mailto:') ? 'reply' : url.startsWith('tel:') ? 'call' : 'link';
    rows.push([
      { id: url, text: readEntities(words.replace(/<[^>]*>/g, '')).trim(), kind, ...(kind === 'link' ? { url } : {}) },
    ]);
  }
  if (headerOf(mail, 'list-unsubscribe')) rows.push([{ id: 'unsubscribe', text: 'Unsubscribe', kind: 'link' }]);
  return rows;
}

const readEntities = (text: string): string =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name]!);
