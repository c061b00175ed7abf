import { createHash } from 'node:crypto';
import type { Thread } from '../adapter.ts';
import { domainOf, type EmailConfig, inboxOf } from './config.ts';

/** How mail is told apart: our Message-IDs, the token of a thread. Ids are bare, without angle brackets, and their case counts. */

/** 26 letters of an alphabet that survives being lower-cased: 130 bits. */
const TOKEN = /^[a-z2-7]{26}$/;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** A Message-ID without its brackets. */
export const bareId = (id: string): string => id.trim().replace(/^<|>$/g, '').trim();

/** Every id in a header that lists them. */
export function readIds(header: string | readonly string[] | undefined): string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(' ');
  return [...text.matchAll(/<([^<>\s]{1,900})>|([^<>\s,]{1,450}@[^<>\s,]{1,450})/g)].map(
    (found) => found[1] ?? found[2]!,
  );
}

/** What a thread is called that begins with the mail of this id: the same whoever of us is asked. */
export function tokenOf(rootId: string): string {
  const hash = createHash('sha256').update(rootId).digest();
  return Array.from({ length: 26 }, (_, i) => LETTERS[hash[i]! & 31]).join('');
}

/** Our Message-ID for a part: it names the part, and the thread where that is a thread of theirs. */
export function ownId(partKey: string, thread: Thread, config: EmailConfig): string {
  return `${[partKey, ...(TOKEN.test(thread.key) ? [thread.key] : [])].join('.')}@${domainOf(config)}`;
}

/** Reads an id of ours; `thread` is absent where we began by writing to a person. */
export function readOwnId(id: string, config: EmailConfig): { partKey: string; thread?: string } | undefined {
  const at = id.lastIndexOf('@');
  if (id.slice(at + 1).toLowerCase() !== domainOf(config)) return undefined;
  const parts = /^(dlv_[0-9a-f]{32}\.\d{1,5})(?:\.([a-z2-7]{26}))?$/.exec(id.slice(0, at));
  return parts ? { partKey: parts[1]!, ...(parts[2] ? { thread: parts[2] } : {}) } : undefined;
}

/** The tag of an address of ours: `support+TAG@…` → `TAG`. Absent where it is another’s address or has none. */
export function tagOf(address: string, base: string): string | undefined {
  const [local = '', domain] = split(address);
  const [ours, ourDomain] = split(base);
  return domain === ourDomain && local.startsWith(`${ours}+`) ? local.slice(ours!.length + 1) : undefined;
}

function split(address: string): string[] {
  const at = address.lastIndexOf('@');
  return [address.slice(0, at).toLowerCase(), address.slice(at + 1).toLowerCase()];
}

/** What of a mail tells its thread. */
export interface Ties {
  id: string;
  inReplyTo?: string;
  references: readonly string[];
  recipients: readonly string[];
}

/**
 * The thread a mail belongs to: the token in the address it came to, else the one in an id of ours that it answers, else the mail its references
 * begin with. Where we wrote first, to a person, the answer belongs to that person’s own conversation.
 */
export function threadOf(ties: Ties, from: string, config: EmailConfig): Thread {
  for (const recipient of ties.recipients) {
    const tag = tagOf(recipient, inboxOf(config));
    if (tag && TOKEN.test(tag)) return { key: tag, kind: 'direct' };
  }
  const answered = [...(ties.inReplyTo ? [ties.inReplyTo] : []), ...ties.references.toReversed()];
  for (const id of answered) {
    const own = readOwnId(id, config);
    if (own) return { key: own.thread ?? from, kind: 'direct' };
  }
  return { key: tokenOf(ties.references[0] ?? ties.inReplyTo ?? ties.id), kind: 'direct' };
}

/** The tag of answers in a thread; none in a person’s own conversation. */
export const tagOfThread = (thread: Thread): string | undefined => (TOKEN.test(thread.key) ? thread.key : undefined);
