import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { Unparsable } from '../adapter.ts';
import { readMailbox } from './config.ts';
import type { Letter, LetterFile, Party } from './letter.ts';
import { bareId, readIds } from './naming.ts';

/** What mailparser has to leave alone: reports stay apart from the words, pictures stay files, and no HTML is made that nobody asked for. */
const OPTIONS = {
  keepDeliveryStatus: true,
  keepCidLinks: true,
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
} as const;
/** People and programs write mail of a few parts; nobody reads the ten thousandth address. */
const MOST_PARTIES = 20_000;
const MOST_FILES = 100;
const REPORTS =
  /^(?:message\/(?:global-)?(?:delivery-status|disposition-notification)|text\/rfc822-headers|message\/rfc822)$/i;
const CHUNK = 64 * 1024;

/** Parses a raw mail. Throws `Unparsable` where it is none: no sender, or more than a mail may hold. */
export async function parseMime(source: Uint8Array): Promise<ParsedMail> {
  try {
    // In pieces, so that a large mail lets others have their turn.
    return await simpleParser(Readable.from(chunksOf(source)), OPTIONS);
  } catch (error) {
    throw new Unparsable(`The mail cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function* chunksOf(source: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < source.length; at += CHUNK) yield Buffer.from(source.subarray(at, at + CHUNK));
}

/** A raw mail as a letter. `envelope` is where it was delivered, where that is known. */
export async function readMime(source: Uint8Array, envelope: readonly string[] = []): Promise<Letter> {
  const mail = await parseMime(source);
  const headers = readHeaders(mail.headerLines);
  const from =
    readParties(mail.from)[0] ??
    readParties(mail.replyTo)[0] ??
    bareParty(headers, 'from') ??
    bareParty(headers, 'return-path');
  if (!from) throw new Unparsable('The mail does not say who wrote it.');
  const id = bareId(headers.get('message-id')?.[0] ?? '');
  const delivered = ['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to'].flatMap(
    (name) => headers.get(name) ?? [],
  );
  const to = readParties(mail.to);
  const cc = readParties(mail.cc);
  return {
    ...(id
      ? { id }
      : { id: `${createHash('sha256').update(source).digest('hex').slice(0, 32)}@unnamed.invalid`, derived: true }),
    from,
    ...withReplyTo(readParties(mail.replyTo)[0], from),
    to,
    cc,
    recipients: [
      ...new Set(
        [...envelope, ...delivered, ...[...to, ...cc].map((one) => one.address)].flatMap(
          (one) => readMailbox(bareId(one)) ?? [],
        ),
      ),
    ],
    subject: mail.subject ?? '',
    ...(mail.date && !Number.isNaN(mail.date.getTime()) ? { date: mail.date } : {}),
    ...withReply(readIds(headers.get('in-reply-to'))[0]),
    references: readIds(headers.get('references')),
    ...(mail.text ? { text: mail.text } : {}),
    ...(mail.html ? { html: mail.html } : {}),
    files: mail.attachments
      .slice(0, MOST_FILES)
      .flatMap((file, no) => (isReport(mail, file.contentType) ? [] : [readFile(file, no)])),
    reports: mail.attachments.flatMap(({ contentType, content }) =>
      REPORTS.test(contentType)
        ? [{ type: contentType.toLowerCase(), text: content.subarray(0, 65_536).toString('utf8') }]
        : [],
    ),
    headers,
  };
}

const withReplyTo = (wanted: Party | undefined, from: Party) =>
  wanted && wanted.address !== from.address ? { replyTo: wanted.address } : {};
const withReply = (inReplyTo: string | undefined) => (inReplyTo ? { inReplyTo } : {});

/** In a report its parts are no files; in a mail a forwarded mail is one. */
const isReport = (mail: ParsedMail, type: string): boolean =>
  REPORTS.test(type) &&
  (mail.headers.get('content-type') as { value?: string } | undefined)?.value === 'multipart/report';

function readFile(file: ParsedMail['attachments'][number], no: number): LetterFile {
  return {
    ref: { file: no },
    ...(file.filename ? { filename: file.filename } : {}),
    mimeType: file.contentType.toLowerCase(),
    size: file.size,
    ...(file.cid ? { cid: file.cid } : {}),
  };
}

function readHeaders(lines: ParsedMail['headerLines']): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const { key, line } of lines) {
    const value = line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n[ \t]+/g, ' ')
      .trim();
    const values = headers.get(key);
    if (values) values.push(value);
    else headers.set(key, [value]);
  }
  return headers;
}

/** The first thing in a header that looks like an address, where the header is written as none should be. */
function bareParty(headers: ReadonlyMap<string, readonly string[]>, name: string): Party | undefined {
  const found = /[^\s<>"(),;:]{1,64}@[^\s<>"(),;:]{1,253}/.exec(headers.get(name)?.[0]?.slice(0, 2_000) ?? '')?.[0];
  const address = found && readMailbox(found);
  return address ? { address } : undefined;
}

/** Everybody of a header, groups included. */
export function readParties(header: AddressObject | AddressObject[] | undefined): Party[] {
  const parties: Party[] = [];
  const visit = (values: AddressObject['value']): void => {
    for (const { address, name, group } of values) {
      if (parties.length >= MOST_PARTIES) return;
      const mailbox = address && readMailbox(address);
      if (mailbox) parties.push({ address: mailbox, ...(name ? { name } : {}) });
      if (group) visit(group);
    }
  };
  for (const one of Array.isArray(header) ? header : header ? [header] : []) visit(one.value);
  return parties;
}
