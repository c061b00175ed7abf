import type { FetchMessageObject, ImapFlow } from 'imapflow';
import type { InboundRequest, Io } from '../adapter.ts';
import { parseJson, readNumber, readObject, readText } from '../common/json.ts';
import type { EmailConfig } from './config.ts';
import { folderOf, openImap, toImapError } from './imap.ts';

/** A mail larger than this is not fetched whole: its beginning has its words. */
const MOST_BYTES = 25 * 1024 * 1024;
const BEGINNING_BYTES = 256 * 1024;
/** IDLE is renewed: servers end it after half an hour, and routers forget a silent line much sooner. */
const REST_MS = 4 * 60_000;
/** Without IDLE the mailbox is asked so often. */
const POLL_MS = 30_000;
const DAY_MS = 86_400_000;

/** How far a mailbox has been read. A server that numbers it anew says so by another validity; then `since` is what is left to go by. */
interface Place {
  validity: string;
  uid: number;
  since: string;
}

/**
 * Fetches mail as it comes: what is new since the cursor, then whatever arrives, as long as the connection holds. A mailbox that was never read
 * begins with its unread mail of the last day; what had been read by then is left alone. Each mail is marked as read once it has been accepted.
 */
export async function* listen(
  config: EmailConfig,
  io: Io,
  cursor: string | null,
): AsyncGenerator<{ request: InboundRequest; cursor: string }> {
  const client = await openImap(config, io);
  const end = (): void => client.close();
  io.signal?.addEventListener('abort', end);
  try {
    const folder = folderOf(config);
    const mailbox = await client.mailboxOpen(folder);
    const validity = String(mailbox.uidValidity);
    let { place, only } = await beginAt(client, readPlace(cursor), validity, mailbox.uidNext);
    while (!io.signal?.aborted && client.usable) {
      const news = watch(client);
      for (const uid of only ?? (await newerThan(client, place.uid))) {
        const fetched = await fetch(client, uid, folder, validity, config);
        if (fetched) {
          place = { validity, uid: Math.max(uid, place.uid), since: fetched.receivedAt.toISOString() };
          yield { request: fetched, cursor: JSON.stringify(place) };
          await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
        }
      }
      if (only) place = { ...place, uid: Math.max(place.uid, mailbox.uidNext - 1) };
      only = undefined;
      await news(io.signal);
    }
  } catch (error) {
    if (!io.signal?.aborted) throw toImapError(error, config);
  } finally {
    io.signal?.removeEventListener('abort', end);
    client.close();
  }
}

/** Where to begin: after the cursor, or with a list of mails where there is none that counts. */
async function beginAt(
  client: ImapFlow,
  known: Place | undefined,
  validity: string,
  uidNext: number,
): Promise<{ place: Place; only?: number[] }> {
  if (known?.validity === validity) return { place: known };
  // Numbered anew: two days overlap, and what was accepted before is known by its Message-ID.
  const since = new Date(known ? Date.parse(known.since) - 2 * DAY_MS : Date.now() - DAY_MS);
  const found = await client.search(known ? { since } : { since, seen: false }, { uid: true });
  return {
    place: { validity, uid: 0, since: since.toISOString() },
    only: (found || []).filter((uid) => uid < uidNext),
  };
}

async function newerThan(client: ImapFlow, uid: number): Promise<number[]> {
  const found = await client.search({ uid: `${uid + 1}:*` }, { uid: true });
  // `*` is the last mail even where its number is smaller.
  return (found || []).filter((one) => one > uid).sort((a, b) => a - b);
}

async function fetch(
  client: ImapFlow,
  uid: number,
  folder: string,
  validity: string,
  config: EmailConfig,
): Promise<InboundRequest | undefined> {
  const about = await client.fetchOne(String(uid), { uid: true, size: true, internalDate: true }, { uid: true });
  if (!about) return undefined;
  const isCut = (about.size ?? 0) > MOST_BYTES;
  const source = isCut ? { start: 0, maxLength: BEGINNING_BYTES } : true;
  const mail = await client.fetchOne(String(uid), { uid: true, source }, { uid: true });
  const bytes = mail ? mail.source : undefined;
  if (!bytes) return undefined;
  return {
    via: 'listen',
    method: 'FETCH',
    publicUrl: `imap://${config.imapHost}/${encodeURIComponent(folder)};UIDVALIDITY=${validity}/;UID=${uid}`,
    headers: { 'content-type': 'message/rfc822', ...(isCut ? { 'x-cut-from': String(about.size) } : {}) },
    body: bytes,
    receivedAt: arrivalOf(about),
  };
}

function arrivalOf({ internalDate }: FetchMessageObject): Date {
  const at = new Date(internalDate ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? new Date() : at;
}

/** Begins to watch for new mail, and gives what waits for it: what comes while mail is being fetched is not missed. */
function watch(client: ImapFlow): (signal: AbortSignal | undefined) => Promise<void> {
  let come = false;
  let wake = (): void => {};
  const arrived = (): void => {
    come = true;
    wake();
  };
  for (const event of ['exists', 'close', 'error']) client.on(event, arrived);
  return async (signal) => {
    const idles = client.capabilities.has('IDLE');
    if (!come && !signal?.aborted && client.usable) {
      const waited = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, idles ? REST_MS : POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', wake);
      });
      const idling = idles ? client.idle().catch(() => false) : undefined;
      await waited;
      // Any command ends IDLE; this one also asks for news where there is no IDLE.
      if (client.usable && !signal?.aborted) await client.noop();
      await idling;
      signal?.removeEventListener('abort', wake);
    }
    for (const event of ['exists', 'close', 'error']) client.off(event, arrived);
  };
}

function readPlace(cursor: string | null): Place | undefined {
  const place = cursor === null ? undefined : readObject(parseJson(new TextEncoder().encode(cursor)));
  const validity = readText(place?.validity);
  const uid = readNumber(place?.uid);
  const since = readText(place?.since) ?? '';
  return validity && uid !== undefined && !Number.isNaN(Date.parse(since)) ? { validity, uid, since } : undefined;
}
