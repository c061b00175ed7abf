import type { Attachment, ContentOf } from '@tributary/protocol';
import { type InboundEvent, messageKey } from '../adapter.ts';
import { automaticBecause } from './automatic.ts';
import { type EmailConfig, fromOf, inboxOf, readMailbox } from './config.ts';
import { sanitise, toText } from './html.ts';
import { kindOfFile, type Letter } from './letter.ts';
import { readOwnId, tagOf, threadOf } from './naming.ts';
import { splitReply } from './quote.ts';
import { readReferral } from './referral.ts';
import { type Report, readReports } from './reports.ts';

/** So many of each are kept beside a mail: what wants to be looked at, not what a thousand addresses weigh. */
const MOST_KEPT = 50;
/** Words that stop mail and start it again, where they are all that somebody wrote. A question may be answered by “yes” or “cancel”, so those are none. */
const STOP = /^(?:stop|stopall|unsubscribe)[.!]?$/i;
const START = /^(?:start|unstop|subscribe)[.!]?$/i;

/** What a mail means: what a server reports of ours, somebody who wants no more of it, or what somebody wrote. */
export function tell(letter: Letter, receivedAt: Date, config: EmailConfig): InboundEvent[] {
  const base = {
    account: fromOf(config),
    at: letter.date && letter.date < receivedAt ? letter.date : receivedAt,
    raw: { messageId: letter.id, subject: letter.subject },
  };
  if (readOwnId(letter.id, config))
    return [{ ...base, type: 'ignored', key: `own:${letter.id}`, reason: 'It is our own mail coming back.' }];
  const reports = readReports(letter);
  const receipts = reports?.flatMap((report, no) => receiptOf(report, no, letter, base, config) ?? []);
  if (receipts && receipts.length > 0) return receipts;
  if (reports?.length && reports.every((report) => report.state === 'delayed'))
    return [{ ...base, type: 'ignored', key: `report:${letter.id}`, reason: 'The server tries again by itself.' }];
  const referral = readReferral(letter, base);
  return [...consentOf(letter, base, config), ...(referral ? [referral] : []), messageOf(letter, base, config)];
}

type Base = Pick<InboundEvent, 'account' | 'at' | 'raw'>;

/** A report about one of our mails: by its Message-ID, else by the address the bounce came to. */
function receiptOf(
  report: Report,
  no: number,
  letter: Letter,
  base: Base,
  config: EmailConfig,
): InboundEvent | undefined {
  if (report.state === 'delayed') return undefined;
  const own = report.id ? readOwnId(report.id, config) : undefined;
  const partKey = own?.partKey ?? partKeyOfBounce(letter, config);
  const isOurs = report.id?.toLowerCase().endsWith(`@${fromOf(config).split('@')[1]}`);
  if (!partKey && !isOurs) return undefined;
  const externalId = report.id;
  return {
    ...base,
    type: 'receipt',
    key: `report:${letter.id}:${no}`,
    target: partKey ? { partKey, ...(own && externalId ? { externalId } : {}) } : { externalId: externalId! },
    state: report.state,
    ...(report.error ? { error: report.error } : {}),
  };
}

/** `bounces+dlv_….0@…`: some servers return a mail without its headers. */
function partKeyOfBounce(letter: Letter, config: EmailConfig): string | undefined {
  const base = config.bounceAddress && readMailbox(config.bounceAddress);
  if (!base) return undefined;
  const tags = letter.recipients.map((address) => tagOf(address, base));
  return tags.find((tag) => tag !== undefined && /^dlv_[0-9a-f]{32}\.\d{1,5}$/.test(tag));
}

function consentOf(letter: Letter, base: Base, config: EmailConfig): InboundEvent[] {
  const from = { kind: 'email' as const, value: letter.from.address };
  const event = { ...base, type: 'consent' as const, key: `consent:${letter.id}`, from };
  if (asksToStop(letter, config)) return [{ ...event, state: 'opted_out', word: 'unsubscribe' }];
  // A program’s words are nobody’s wish.
  if (automaticBecause(letter)) return [];
  const words = splitReply(wordsOf(letter)).visible.trim();
  if (STOP.test(words)) return [{ ...event, state: 'opted_out', word: words.toLowerCase() }];
  return START.test(words) ? [{ ...event, state: 'opted_in', word: words.toLowerCase() }] : [];
}

/** Written to the address for it: `unsubscribe@…`, `unsubscribe+…@…`, `support+unsubscribe@…`. */
function asksToStop(letter: Letter, config: EmailConfig): boolean {
  const inbox = inboxOf(config);
  const domain = inbox.split('@')[1];
  return letter.recipients.some(
    (one) => (/^unsubscribe[+@]/.test(one) && one.endsWith(`@${domain}`)) || tagOf(one, inbox) === 'unsubscribe',
  );
}

const wordsOf = (letter: Letter): string => letter.text ?? (letter.html ? toText(letter.html) : '');

/** What somebody wrote, its words apart from those it quotes. What the business wrote elsewhere is an echo, said to whom it was for. */
function messageOf(letter: Letter, base: Base, config: EmailConfig): InboundEvent {
  const ours = letter.from.address === fromOf(config) || letter.from.address === inboxOf(config);
  const other = ours
    ? ([...letter.to, ...letter.cc].find((one) => one.address !== letter.from.address) ?? letter.from)
    : letter.from;
  const { visible, quoted } = splitReply(wordsOf(letter));
  const echo = other !== letter.from;
  const automatic =
    automaticBecause(letter) ??
    (asksToStop(letter, config) ? 'it asks for no more mail' : undefined) ??
    (ours && !echo ? 'it comes from our own address' : undefined);
  return {
    ...base,
    type: 'message',
    key: messageKey(letter.id),
    externalId: letter.id,
    from: { kind: 'email', value: other.address },
    thread: threadOf(letter, other.address, config),
    content: contentOf(letter, visible),
    attachments: letter.files.map(toAttachment),
    ...(letter.inReplyTo ? { replyTo: letter.inReplyTo } : {}),
    ...(other.name ? { profile: { name: other.name } } : {}),
    to: inboxOf(config),
    ...(echo ? { echo } : {}),
    ...(automatic ? { automatic: true } : {}),
    metadata: metadataOf(letter, quoted, automatic),
  };
}

function contentOf(letter: Letter, visible: string): ContentOf<'email'> {
  const html = letter.html ? sanitise(letter.html) : undefined;
  return { type: 'email', subject: letter.subject, text: visible, ...(html ? { html } : {}) };
}

const toAttachment = ({ ref, filename, mimeType, size, cid }: Letter['files'][number]): Attachment => ({
  type: kindOfFile(mimeType),
  media: {
    ref: { ...ref, ...(cid ? { cid } : {}) },
    mimeType,
    ...(filename ? { filename } : {}),
    ...(size === undefined ? {} : { size }),
  },
});

/** What answers need (`references`, `subject`) and what people look for (`quoted`, `cc`). */
function metadataOf(letter: Letter, quoted: string, automatic: string | undefined): Record<string, unknown> {
  const cc = letter.cc.slice(0, MOST_KEPT).map((one) => one.address);
  const to = letter.to.slice(0, MOST_KEPT).map((one) => one.address);
  const more = letter.to.length + letter.cc.length - to.length - cc.length;
  return {
    subject: letter.subject,
    ...(letter.derived ? {} : { messageId: letter.id }),
    ...(letter.references.length > 0 ? { references: letter.references.slice(-MOST_KEPT) } : {}),
    ...(quoted ? { quoted } : {}),
    ...(letter.replyTo ? { replyTo: { address: letter.replyTo, insteadOf: letter.from.address } } : {}),
    ...(to.length > 0 ? { to } : {}),
    ...(cc.length > 0 ? { cc } : {}),
    ...(more > 0 ? { moreRecipients: more } : {}),
    ...(automatic ? { automaticBecause: automatic } : {}),
    ...(letter.cutFrom ? { cutFrom: letter.cutFrom } : {}),
  };
}
