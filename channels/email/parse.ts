import type { InboundEvent, InboundRequest } from '../adapter.ts';
import type { EmailConfig } from './config.ts';
import { readEvents } from './events.ts';
import { tell } from './letters.ts';
import { readMime } from './mime.ts';
import { readPosted } from './posted.ts';
import { readUnsubscribe } from './unsubscribe.ts';

/** Whether it is a mail, which is read afterwards: one we fetched, or a form that Mailgun posts. What Mailgun tells of our own mail is JSON. */
export function isMail(request: InboundRequest): boolean {
  if (request.via === 'listen') return true;
  return (
    /^(?:multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(request.headers['content-type'] ?? '') &&
    !isLink(request)
  );
}

/** A click on our unsubscribe link comes as a form too. */
const isLink = (request: InboundRequest): boolean => /\/unsubscribe\?/.test(request.publicUrl);

/** What is no mail: events of Mailgun’s, clicks on our links. */
export function parse(request: InboundRequest, config: EmailConfig): InboundEvent[] {
  return readUnsubscribe(request, config) ?? readEvents(request.body, request.receivedAt, config);
}

/** Reads a mail, however it came. */
export async function readMail(request: InboundRequest, config: EmailConfig): Promise<InboundEvent[]> {
  if (request.via !== 'listen') return tell(await readPosted(request), request.receivedAt, config);
  const letter = await readMime(request.body);
  const cutFrom = Number(request.headers['x-cut-from'] ?? 0);
  // The last file of a mail that was cut off is not whole, and nobody could tell which one is.
  return tell(cutFrom > 0 ? { ...letter, files: [], cutFrom } : letter, request.receivedAt, config);
}
