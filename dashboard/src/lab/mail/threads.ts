import type { PhoneMessage } from '../sim.ts';

/** Mails that belong together, oldest first. */
export interface Thread {
  id: string;
  subject: string;
  mails: PhoneMessage[];
  /** Something from the business that was not opened. */
  unread: boolean;
}

/** The mails by thread, the thread with the newest mail first. What has no thread of the provider's is joined by answer and by subject. */
export function threadsOf(messages: readonly PhoneMessage[]): Thread[] {
  const threads = new Map<string, Thread>();
  const threadOfMail = new Map<string, string>();
  for (const mail of messages) {
    if (mail.kind === 'service') continue;
    const id = mail.thread ?? threadOfMail.get(mail.replyTo ?? '') ?? bareSubject(mail.subject);
    threadOfMail.set(mail.id, id);
    const thread = threads.get(id) ?? { id, subject: bareSubject(mail.subject), mails: [], unread: false };
    thread.mails.push(mail);
    thread.unread ||= mail.from === 'business' && mail.status !== 'read';
    threads.set(id, thread);
  }
  return [...threads.values()].sort((a, b) => (newestOf(b).at > newestOf(a).at ? 1 : -1));
}

/** The last mail of a thread. */
export const newestOf = (thread: Thread): PhoneMessage => thread.mails[thread.mails.length - 1] as PhoneMessage;

/** A mail's name stands in angle brackets on the wire; the platform knows it, as everybody does, without them. */
export const bare = (id: string): string => id.replace(/^<(.*)>$/, '$1');

/** A subject without its `Re:` and `Fwd:`. */
export const bareSubject = (subject: string | undefined): string =>
  (subject ?? '').replace(/^(\s*(re|aw|fwd?|wg)(\[\d+\])?:\s*)+/i, '').trim() || '(no subject)';

/** The words of a mail in one line: its text, or its HTML without the tags. */
export function snippet(mail: Pick<PhoneMessage, 'text' | 'html'>): string {
  const words = mail.text ?? (mail.html ?? '').replace(/<(style|head)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ');
  return words.replace(/\s+/g, ' ').trim().slice(0, 140);
}
