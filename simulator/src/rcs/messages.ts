import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { type Entry, type PhoneState, remember } from '../phones.ts';
import type { RcsAccount, Waiting } from './account.ts';
import { draw } from './draw.ts';
import { GoogleError } from './error.ts';
import { findFiles } from './files.ts';
import { arrive, tellExpiry } from './receipts.ts';
import { checkMessage, readChosenId } from './validate.ts';

type Json = Record<string, unknown>;

/** What a request turned out to be about, for the log. */
export interface Call {
  person?: Person;
  messageId?: string;
}

/** An accepted send: the answer, and what follows once it has been given. */
export interface Accepted {
  answer: Json;
  after(): void;
}

/** Takes a message to a person, or throws the refusal that Google would give. An id is taken once. */
export async function sendMessage(
  lab: Lab,
  account: RcsAccount,
  number: string,
  query: URLSearchParams,
  body: Json,
  call: Call,
): Promise<Accepted> {
  const id = readChosenId(query, 'messageId');
  call.messageId = id;
  const lifeMs = checkMessage(body);
  const person = reach(lab, account, number);
  call.person = person;
  if (account.taken.has(id)) throw new GoogleError(409);
  const content = body.contentMessage as Json;
  const view = draw(content, await findFiles(lab, content));
  // Somebody may have sent the same id while its files were fetched.
  if (account.taken.has(id)) throw new GoogleError(409);
  account.taken.add(id);
  const at = new Date().toISOString();
  const entry: Entry = { view: { id, from: 'business', at, status: 'sending', ...view }, raw: content };
  const phone = account.phones.of(person);
  const waiting: Waiting = { phone, entry, expiresAt: lifeMs === undefined ? undefined : Date.now() + lifeMs };
  account.waiting.set(id, waiting);
  if (lifeMs !== undefined) lab.later(Math.min(lifeMs, 2 ** 31 - 1), () => expire(lab, account, id));
  return {
    answer: { name: `phones/${number}/agentMessages/${id}`, sendTime: at, ...body },
    after: () => {
      entry.view.status = 'sent';
      if (lab.settings.receipts === 'instant') deliver(lab, account, id);
      else lab.later(60, () => deliver(lab, account, id));
    },
  };
}

/** The person behind a number, if this agent reaches them: otherwise Google says that there is nobody. */
export function reach(lab: Lab, account: RcsAccount, number: string): Person {
  const person = /^\+\d{5,20}$/.test(number) ? lab.people.byNumber(number.slice(1)) : undefined;
  if (!person || account.deviceOf(person.id) === 'none') throw new GoogleError(404);
  if (!account.launched && !account.testers.has(number)) throw new GoogleError(404);
  return person;
}

/** The message comes to its phone, if that can take it just now; otherwise it goes on waiting. */
function deliver(lab: Lab, account: RcsAccount, id: string): void {
  const waiting = account.waiting.get(id);
  if (!waiting) return;
  const { phone, entry } = waiting;
  if (phone.blocked || account.deviceOf(phone.person.id) !== 'rcs') return;
  account.waiting.delete(id);
  phone.typingUntil = 0;
  remember(phone, entry);
  if (inCrowd(phone.person)) account.ledger.got(phone.person.id, id, entry.view.text ?? '');
  else lab.changed(account.public, phone.person, 'message', id);
  arrive(lab, account, phone, entry);
}

/** The phone is within reach again: what waited for it arrives, in order. */
export function deliverWaiting(lab: Lab, account: RcsAccount, phone: PhoneState): void {
  for (const [id, waiting] of [...account.waiting]) if (waiting.phone === phone) deliver(lab, account, id);
}

/** The time of a message is over: Google takes it back and says so. */
function expire(lab: Lab, account: RcsAccount, id: string): void {
  const waiting = account.waiting.get(id);
  if (!waiting?.expiresAt || waiting.expiresAt > Date.now() + 5) return;
  account.waiting.delete(id);
  tellExpiry(lab, account, waiting.phone.person, id);
}

/** So many hours pass for what waits. */
export function elapse(lab: Lab, account: RcsAccount, phone: PhoneState, hours: number): void {
  for (const [id, waiting] of [...account.waiting]) {
    if (waiting.phone !== phone || waiting.expiresAt === undefined) continue;
    waiting.expiresAt -= hours * 3_600_000;
    expire(lab, account, id);
  }
}

/** Takes a message back: it helps only while it waits, and the answer is the same. */
export function revoke(account: RcsAccount, id: string): Json {
  if (!account.taken.has(id)) throw new GoogleError(404);
  account.waiting.delete(id);
  return {};
}
