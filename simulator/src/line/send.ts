import type { Person } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import type { LineAccount } from './account.ts';
import { draw } from './draw.ts';
import { type Fault, invalid, invalidMember, LineError } from './error.ts';
import { opaque } from './ids.ts';
import { faultsOf } from './spec.ts';
import { messageFaults } from './validate.ts';

type Json = Record<string, unknown>;

/** What a call turned out to be about, for the log. */
export interface Call {
  person?: Person;
  messageId?: string;
  /** Names that the specification does not know. */
  ignored: string[];
}

const retryKeyForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Messages by a reply token: free, and once. */
export function reply(lab: Lab, account: LineAccount, body: Json, call: Call, retryKey: string | undefined): Json {
  if (retryKey !== undefined) throw new LineError(400, 'X-Line-Retry-Key is not supported by this API');
  const messages = checkMessages('ReplyMessageRequest', account, body, call);
  const person = account.takeReplyToken(String(body.replyToken));
  if (!person) throw new LineError(400, 'Invalid reply token');
  call.person = person;
  return { sentMessages: say(lab, account, account.phones.of(person), messages, call) };
}

/** Messages at any time. The same retry key is taken once; who has blocked the account never sees them, and nobody is told. */
export function push(lab: Lab, account: LineAccount, body: Json, call: Call, retryKey: string | undefined): Json {
  if (retryKey !== undefined && !retryKeyForm.test(retryKey))
    throw new LineError(400, 'Invalid retry key. Retry key should be UUID.');
  const before = retryKey === undefined ? undefined : account.accepted.get(retryKey);
  if (before) {
    throw new LineError(409, 'The retry key is already accepted', { sentMessages: before });
  }
  const messages = checkMessages('PushMessageRequest', account, body, call);
  const person = lab.people.byLine(String(body.to));
  if (!person) throw invalidMember('to');
  call.person = person;
  if (account.quota !== undefined && account.used >= account.quota)
    throw new LineError(429, 'You have reached your monthly limit.');
  // A call counts as one for each person, however many messages it holds.
  account.used++;
  const phone = account.phones.find(person) ?? (lab.settings.startRequired ? undefined : account.phones.of(person));
  const reached = phone && !phone.blocked && (phone.started || !lab.settings.startRequired);
  const sentMessages = reached
    ? say(lab, account, phone, messages, call)
    : messages.map(() => ({ id: account.nextId() }));
  if (retryKey !== undefined) account.accepted.set(retryKey, sentMessages);
  return { sentMessages };
}

function checkMessages(schema: string, account: LineAccount, body: Json, call: Call): Json[] {
  const faults: Fault[] = faultsOf(schema, body, call.ignored);
  if (faults.length > 0) throw invalid(faults);
  const messages = body.messages as Json[];
  faults.push(...messageFaults(messages));
  for (const [i, { quoteToken }] of messages.entries()) {
    if (quoteToken !== undefined && !account.quotes.has(String(quoteToken)))
      faults.push({ message: 'Invalid quote token', property: `messages[${i}].quoteToken` });
  }
  if (faults.length > 0) throw invalid(faults);
  return messages;
}

/** What may be quoted later has a token for it. */
const quotable = new Set(['text', 'textV2', 'sticker', 'image', 'video', 'template']);

function say(lab: Lab, account: LineAccount, phone: PhoneState, messages: readonly Json[], call: Call): Json[] {
  const { person } = phone;
  phone.typingUntil = 0;
  return messages.map((message) => {
    const id = account.nextId();
    call.messageId = id;
    const view = draw(message);
    const quoted = account.quotes.get(String(message.quoteToken));
    const entry = remember(phone, {
      view: {
        id,
        from: 'business',
        at: new Date().toISOString(),
        ...view,
        ...(quoted ? { replyTo: quoted } : {}),
        status: 'delivered',
      },
      raw: message,
    });
    if (inCrowd(person)) account.ledger.got(person.id, id, view.text ?? '');
    else {
      lab.changed(account.public, person, 'message', id);
      readLater(lab, account, person, entry);
    }
    if (!quotable.has(String(message.type))) return { id };
    const quoteToken = opaque();
    account.quotes.set(quoteToken, id);
    return { id, quoteToken };
  });
}

// LINE tells bots nothing of it, but the person at the Lab's wall sees the chat as read.
function readLater(lab: Lab, account: LineAccount, person: Person, entry: Entry): void {
  if (lab.settings.autoReadMs === null) return;
  lab.later(lab.settings.autoReadMs, () => {
    entry.view.status = 'read';
    lab.changed(account.public, person, 'status', entry.view.id);
  });
}

/** The loading animation: in a person's chat, in steps of five seconds, until a message comes. */
export function showLoading(lab: Lab, account: LineAccount, body: Json, call: Call): Json {
  const faults = faultsOf('ShowLoadingAnimationRequest', body, call.ignored);
  const seconds = Number(body.loadingSeconds ?? 20);
  if (seconds % 5 !== 0) faults.push({ message: 'must be a multiple of 5', property: 'loadingSeconds' });
  if (faults.length > 0) throw invalid(faults);
  const person = lab.people.byLine(String(body.chatId));
  if (!person) throw invalidMember('chatId');
  call.person = person;
  const phone = account.phones.of(person);
  phone.typingUntil = Date.now() + seconds * 1000;
  lab.changed(account.public, person, 'typing');
  lab.later(seconds * 1000 + 50, () => {
    if (phone.typingUntil > 0 && phone.typingUntil <= Date.now()) lab.changed(account.public, person, 'typing');
  });
  return {};
}

/** The customer sees that the business has read their message, and all before it. */
export function markAsRead(lab: Lab, account: LineAccount, body: Json, call: Call): Json {
  const faults = faultsOf('MarkMessagesAsReadByTokenRequest', body, call.ignored);
  if (faults.length > 0) throw invalid(faults);
  const read = account.reads.get(String(body.markAsReadToken));
  if (!read) throw new LineError(400, 'Invalid mark as read token');
  call.person = read.person;
  const phone = account.phones.of(read.person);
  const upTo = findEntry(phone, read.messageId);
  for (const { view } of phone.entries) {
    // The bot may say so before the answer to its webhook has come back.
    const taken = view.status === 'accepted' || view.status === 'sending';
    if (view.from === 'customer' && taken && (!upTo || view.at <= upTo.view.at)) {
      view.status = 'read';
      lab.changed(account.public, read.person, 'status', view.id);
    }
  }
  return {};
}
