import type { Act, Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import type { Watcher } from '../webhook.ts';
import type { LineAccount } from './account.ts';
import { dropContent, keepContent } from './content.ts';
import { actionOf } from './draw.ts';
import { opaque } from './ids.ts';

type Json = Record<string, unknown>;
type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };

/** What a customer does on LINE, told to the bot as LINE tells it. Answers the id of what was made. */
export function actOnLine(lab: Lab, account: LineAccount, person: Person, act: Act): string | null {
  const phone = account.phones.of(person);
  switch (act.do) {
    case 'text':
      return write(lab, account, phone, { type: 'text', text: act.text }, { kind: 'text', text: act.text }, act);
    case 'tap':
      return tap(lab, account, phone, act.messageId, act.buttonId);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return sendFile(lab, account, phone, act);
    case 'location': {
      const { latitude, longitude, name } = act;
      const said = { type: 'location', latitude, longitude, ...(name ? { title: name } : {}) };
      const location = { latitude, longitude, ...(name ? { name } : {}) };
      return write(lab, account, phone, said, { kind: 'location', location });
    }
    case 'sticker': {
      const numbers = { packageId: '446', stickerId: '1988', stickerResourceType: 'STATIC' };
      return write(lab, account, phone, { type: 'sticker', ...numbers }, { kind: 'sticker', text: act.emoji });
    }
    case 'unsend':
      return unsend(lab, account, phone, act.messageId);
    case 'start':
      // A link opens the chat with words ready; the person sends them as they stand.
      if (!act.payload) {
        befriend(lab, account, phone);
        return null;
      }
      return write(lab, account, phone, { type: 'text', text: act.payload }, { kind: 'text', text: act.payload });
    case 'block':
    case 'unfollow':
      leave(lab, account, phone);
      return null;
    case 'unblock':
    case 'follow':
      befriend(lab, account, phone);
      return null;
    case 'elapse':
      phone.lastWordAt -= act.hours * 3_600_000;
      account.expire(person);
      return null;
    default:
      throw cannot('line', act);
  }
}

/** A customer's text, for the page and for loads. */
export function writeText(lab: Lab, account: LineAccount, person: Person, text: string, watcher?: Watcher): string {
  const phone = account.phones.of(person);
  return write(lab, account, phone, { type: 'text', text }, { kind: 'text', text }, {}, watcher);
}

/** What can be quoted has a token for it. */
const quotable = new Set(['text', 'sticker', 'image', 'video']);

/** Only friends write: whoever is none adds the account first, which LINE tells of. */
function write(
  lab: Lab,
  account: LineAccount,
  phone: PhoneState,
  said: Json,
  view: View,
  { replyTo }: { replyTo?: string } = {},
  watcher: Watcher = {},
): string {
  const { person } = phone;
  befriend(lab, account, phone);
  phone.lastWordAt = Date.now();
  const id = account.nextId();
  const markAsReadToken = opaque();
  account.reads.set(markAsReadToken, { person, messageId: id });
  const message: Json = { id, ...said, markAsReadToken };
  if (quotable.has(String(said.type))) {
    message.quoteToken = opaque();
    account.quotes.set(String(message.quoteToken), id);
  }
  if (replyTo) message.quotedMessageId = replyTo;
  const entry = remember(phone, {
    view: {
      id,
      from: 'customer',
      at: new Date().toISOString(),
      ...view,
      ...(replyTo ? { replyTo } : {}),
      status: 'sending',
    },
    raw: message,
  });
  lab.changed(account.public, person, 'message', id);
  account.tell(
    'message',
    { message },
    { person, entry, replies: true, watcher: showing(lab, account, phone, entry, watcher) },
  );
  return id;
}

/** Shows at the message how its webhook went. */
function showing(lab: Lab, account: LineAccount, { person }: PhoneState, entry: Entry, watcher: Watcher): Watcher {
  return {
    attempted: (ok) => {
      const status = ok ? 'accepted' : 'refused';
      if (!inCrowd(person) && entry.view.status !== 'read' && entry.view.status !== status) {
        entry.view.status = status;
        lab.changed(account.public, person, 'status', entry.view.id);
      }
      watcher.attempted?.(ok);
    },
    ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
  };
}

type FileAct = Extract<Act, { do: 'image' | 'video' | 'audio' | 'document' }>;

/** Files lie at LINE until they are fetched; words beside them are a message of their own. */
function sendFile(lab: Lab, account: LineAccount, phone: PhoneState, act: FileAct): string {
  const bytes = Buffer.from(act.base64, 'base64');
  const file = lab.files.put({ mimeType: act.mimeType, filename: act.filename, bytes });
  const kind = act.do === 'document' ? 'file' : act.do;
  const said: Json =
    kind === 'file'
      ? { type: kind, fileName: act.filename, fileSize: bytes.length }
      : { type: kind, contentProvider: { type: 'line' }, ...(kind === 'image' ? {} : { duration: 9000 }) };
  const shown = { kind: act.do, mediaUrl: `/lab/files/${file.id}`, filename: act.filename };
  const id = write(lab, account, phone, said, shown);
  keepContent(lab, account, id, file, kind);
  if (act.caption) write(lab, account, phone, { type: 'text', text: act.caption }, { kind: 'text', text: act.caption });
  return id;
}

function tap(lab: Lab, account: LineAccount, phone: PhoneState, messageId: string, buttonId: string): string | null {
  const { person } = phone;
  // The rich menu is no message, and has the id `menu`.
  const ofMenu = messageId === 'menu';
  const entry = ofMenu ? undefined : findEntry(phone, messageId);
  if (!entry && !ofMenu) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  const { buttons = [], cards = [] } = entry?.view ?? { buttons: account.offers.menu };
  const button = [...buttons, ...cards.flatMap((card) => card.buttons)].flat().find(({ id }) => id === buttonId);
  const action = actionOf(entry?.raw ?? account.menus.get(account.menu ?? '')?.made, buttonId);
  if (!button || !action) throw new LabError(404, `Message ${messageId} has no button ${JSON.stringify(buttonId)}.`);
  if (button.style === 'quick' && phone.entries.at(-1) !== entry)
    throw new LabError(422, 'Quick replies are gone with the next message.');
  switch (action.type) {
    case 'uri':
      return null;
    case 'location': {
      const location = lab.people.home(person);
      return write(lab, account, phone, { type: 'location', ...location }, { kind: 'location', location });
    }
    case 'message': {
      const text = String(action.text);
      return write(lab, account, phone, { type: 'text', text }, { kind: 'text', text });
    }
    default: {
      const words = action.displayText ?? action.text;
      // Shown in the chat as the customer's, and told to the bot as a tap only.
      if (typeof words === 'string') {
        const view = { id: account.nextId(), from: 'customer' as const, at: new Date().toISOString(), text: words };
        remember(phone, { view: { ...view, kind: 'text', status: 'accepted' } });
        lab.changed(account.public, person, 'message', view.id);
      }
      befriend(lab, account, phone);
      return account.tell('postback', { postback: { data: buttonId } }, { person, replies: true });
    }
  }
}

function unsend(lab: Lab, account: LineAccount, phone: PhoneState, messageId: string): string {
  const entry = findEntry(phone, messageId);
  if (entry?.view.from !== 'customer') throw new LabError(422, 'Only a message of one’s own can be unsent.');
  entry.view.deleted = true;
  dropContent(lab, messageId);
  lab.changed(account.public, phone.person, 'delete', messageId);
  account.tell('unsend', { unsend: { messageId } }, { person: phone.person });
  return messageId;
}

/** Adds the account as a friend, or unblocks it. */
function befriend(lab: Lab, account: LineAccount, phone: PhoneState): void {
  if (phone.started && !phone.blocked) return;
  const isUnblocked = phone.blocked;
  phone.started = true;
  phone.blocked = false;
  if (isUnblocked) lab.changed(account.public, phone.person, 'block');
  account.tell('follow', { follow: { isUnblocked } }, { person: phone.person, replies: true });
}

function leave(lab: Lab, account: LineAccount, phone: PhoneState): void {
  if (phone.blocked) return;
  phone.blocked = true;
  lab.changed(account.public, phone.person, 'block');
  account.expire(phone.person);
  account.tell('unfollow', {}, { person: phone.person });
}
