import type { ProviderError } from '../adapter.ts';
import { codeOfStatus } from './faults.ts';
import { headerOf, type Letter } from './letter.ts';
import { bareId, readIds } from './naming.ts';

/** What a mail server or a mail program reports of a mail of ours. */
export interface Report {
  /** The mail reported on, bare; absent where the report does not say. */
  id?: string;
  recipient?: string;
  state: 'delivered' | 'read' | 'failed' | 'delayed';
  error?: ProviderError;
}

/** The reports of a mail that is one: bounces and delays (RFC 3464), read receipts (RFC 8098). `undefined` where it is a mail like others. */
export function readReports(letter: Letter): Report[] | undefined {
  const type = headerOf(letter, 'content-type') ?? '';
  if (!/^multipart\/report\b/i.test(type)) return undefined;
  const receipt = letter.reports.find((one) => one.type.endsWith('disposition-notification'));
  if (receipt) return readReceipt(receipt.text);
  const status = letter.reports.find((one) => one.type.endsWith('delivery-status'));
  return status ? readStatus(status.text, originalId(letter)) : undefined;
}

function readReceipt(text: string): Report[] {
  const fields = readFields(text);
  const disposition = fields.get('disposition') ?? '';
  if (!/;\s*(?:displayed|processed|deleted)\b/i.test(disposition)) return [];
  const id = bareId(fields.get('original-message-id') ?? '');
  // Deleted without being displayed tells no more than that it arrived.
  const state = /;\s*displayed\b/i.test(disposition) ? 'read' : 'delivered';
  return id ? [{ id, state }] : [];
}

/** One group of fields for the message, then one for each recipient. */
function readStatus(text: string, id: string | undefined): Report[] {
  const groups = text
    .replaceAll('\r\n', '\n')
    .split(/\n\s*\n/)
    .map(readFields);
  return groups.flatMap((fields): Report[] => {
    const state = STATES[fields.get('action')?.toLowerCase() ?? ''];
    if (!state) return [];
    const recipient = (fields.get('final-recipient') ?? fields.get('original-recipient'))
      ?.split(';')
      .at(-1)
      ?.trim()
      .toLowerCase();
    const base = { ...(id ? { id } : {}), ...(recipient ? { recipient } : {}), state };
    if (state !== 'failed') return [base];
    const status = fields.get('status')?.match(/\d\.\d{1,3}\.\d{1,3}/)?.[0] ?? '5.0.0';
    const says = fields.get('diagnostic-code')?.replace(/^[^;]*;\s*/, '');
    // A server that gives up after days says 4.x.x: for the mail it is as final.
    const code = status.startsWith('4') ? 'rejected' : codeOfStatus(status, says ?? '');
    return [
      { ...base, error: { code, providerCode: status, ...(says ? { providerMessage: says.slice(0, 500) } : {}) } },
    ];
  });
}

const STATES: Readonly<Record<string, Report['state']>> = {
  failed: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'delivered',
  expanded: 'delivered',
};

/** The Message-ID of the mail that came back: it, or its headers, are the report’s last part. */
function originalId(letter: Letter): string | undefined {
  const original = letter.reports.findLast((one) => /rfc822/.test(one.type));
  const head = original?.text.replaceAll('\r\n', '\n').split('\n\n')[0] ?? '';
  return readIds(readFields(head).get('message-id'))[0] ?? letter.references.at(-1) ?? letter.inReplyTo;
}

function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}
