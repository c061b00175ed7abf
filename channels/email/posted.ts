import { createHash } from 'node:crypto';
import { type InboundRequest, Unparsable } from '../adapter.ts';
import { parseJson, readNumber, readObject, readObjects, readText } from '../common/json.ts';
import { readMailbox } from './config.ts';
import { type FormField, fieldOf, readForm } from './form.ts';
import type { Letter, LetterFile, Party } from './letter.ts';
import { readMime } from './mime.ts';
import { bareId, readIds } from './naming.ts';

/**
 * Mail as Mailgun’s routes post it. A URL that ends in `mime` gets the raw mail, which is read like any other; other URLs get its words and
 * headers as fields and its files as parts, or, from `store`, as links.
 */
export async function readPosted(request: InboundRequest): Promise<Letter> {
  const form = readForm(request);
  const recipient = fieldOf(form, 'recipient') ?? '';
  const raw = form.findLast((field) => field.name === 'body-mime');
  if (raw) return readMime(raw.value, [recipient]);
  const headers = readHeaders(fieldOf(form, 'message-headers'));
  const from =
    readParties(headers.get('from')?.[0] ?? fieldOf(form, 'from') ?? '')[0] ??
    readParties(fieldOf(form, 'sender') ?? '')[0];
  if (!from) throw new Unparsable('The form holds no mail.');
  const id = bareId(headers.get('message-id')?.[0] ?? fieldOf(form, 'Message-Id') ?? '');
  const date = new Date(headers.get('date')?.[0] ?? '');
  const text = fieldOf(form, 'body-plain');
  const html = fieldOf(form, 'body-html');
  const to = readParties(headers.get('to')?.[0] ?? '');
  const cc = readParties(headers.get('cc')?.[0] ?? '');
  const replyTo = readParties(headers.get('reply-to')?.[0] ?? '')[0]?.address;
  const inReplyTo = readIds(headers.get('in-reply-to')?.[0])[0];
  return {
    ...(id ? { id } : { id: derivedId([from.address, fieldOf(form, 'subject'), text, html]), derived: true as const }),
    from,
    ...(replyTo && replyTo !== from.address ? { replyTo } : {}),
    to,
    cc,
    recipients: [recipient, ...to.map((one) => one.address)].flatMap((one) => readMailbox(one) ?? []),
    subject: headers.get('subject')?.[0] ?? fieldOf(form, 'subject') ?? '',
    ...(Number.isNaN(date.getTime()) ? {} : { date }),
    ...(inReplyTo ? { inReplyTo } : {}),
    references: readIds(headers.get('references')?.[0]),
    ...(text ? { text } : {}),
    ...(html ? { html } : {}),
    files: [...postedFiles(form), ...storedFiles(form)],
    reports: [],
    headers,
  };
}

const derivedId = (words: readonly (string | undefined)[]): string =>
  `${createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32)}@unnamed.invalid`;

function postedFiles(form: readonly FormField[]): LetterFile[] {
  const ids = Object.entries(readObject(parseText(fieldOf(form, 'content-id-map'))) ?? {});
  return form
    .filter((field) => field.filename !== undefined && /^attachment-\d+$/.test(field.name))
    .map((field) => {
      const cid = ids.find(([, part]) => part === field.name)?.[0];
      return {
        ref: { part: field.name },
        ...(field.filename ? { filename: field.filename } : {}),
        mimeType: field.mimeType ?? 'application/octet-stream',
        size: field.value.length,
        ...(cid ? { cid: bareId(cid) } : {}),
      };
    });
}

/** `store` keeps the files for three days and posts where they are. */
function storedFiles(form: readonly FormField[]): LetterFile[] {
  return readObjects(parseText(fieldOf(form, 'attachments'))).flatMap((file) => {
    const url = readText(file.url);
    const filename = readText(file.name);
    const size = readNumber(file.size);
    if (!url) return [];
    return [
      {
        ref: { url },
        ...(filename ? { filename } : {}),
        mimeType: readText(file['content-type']) ?? 'application/octet-stream',
        ...(size === undefined ? {} : { size }),
      },
    ];
  });
}

const parseText = (text: string | undefined): unknown =>
  text === undefined ? undefined : parseJson(new TextEncoder().encode(text));

/** `[[name, value], …]` in the order of the mail. */
function readHeaders(json: string | undefined): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  const pairs = parseText(json);
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    const [name, value] = Array.isArray(pair) ? pair.map(readText) : [];
    if (!name || value === undefined) continue;
    const values = headers.get(name.toLowerCase());
    if (values) values.push(value);
    else headers.set(name.toLowerCase(), [value]);
  }
  return headers;
}

/** `Ana <ana@x>, bo@y`: commas inside quotes part nobody. */
function readParties(header: string): Party[] {
  return (header.slice(0, 20_000).match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? []).slice(0, 200).flatMap((one) => {
    const named = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^<>\s]+)>\s*$/.exec(one);
    const address = readMailbox(named?.[3] ?? one);
    const name = (named?.[1]?.replace(/\\(.)/g, '$1') ?? named?.[2] ?? '').trim();
    return address ? [{ address, ...(name ? { name } : {}) }] : [];
  });
}
