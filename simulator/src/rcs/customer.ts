import type { Act, Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import type { Watcher } from '../webhook.ts';
import type { RcsAccount } from './account.ts';
import { suggestionOf, type View } from './draw.ts';
import { deliverWaiting, elapse } from './messages.ts';
import { openChat } from './receipts.ts';
import { newId } from './webhook.ts';

type Json = Record<string, unknown>;

/** What a person can do in Google Messages. */
export const DEEDS = [
  'text',
  'tap',
  'image',
  'video',
  'audio',
  'document',
  'contact',
  'location',
  'typing',
  'read',
  'follow',
  'unfollow',
  'start',
  'block',
  'unblock',
  'device',
  'elapse',
] as const satisfies readonly Act['do'][];

/** What a customer does on RCS, told to the business as Google tells it. Answers the id of what was made. */
export function actOnRcs(lab: Lab, account: RcsAccount, person: Person, act: Act): string | null {
  const phone = account.phones.of(person);
  if (account.deviceOf(person.id) === 'none' && act.do !== 'device') {
    throw new LabError(422, `${person.name}’s phone has no RCS.`);
  }
  switch (act.do) {
    case 'text':
      return say(lab, account, phone, { text: act.text }, { kind: 'text', text: act.text });
    case 'start': {
      // A link opens the chat with its words in the input line; the person sends them.
      const text = act.payload ?? 'Hello';
      return say(lab, account, phone, { text }, { kind: 'text', text });
    }
    case 'tap':
      return tap(lab, account, phone, act.messageId, act.buttonId);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return sendFile(lab, account, phone, act);
    case 'contact':
      return sendFile(lab, account, phone, { ...vcardOf(person), do: 'document' });
    case 'location':
      return shareLocation(lab, account, phone, act);
    case 'typing':
      if (act.on) tellEvent(account, person, 'IS_TYPING');
      return null;
    case 'read':
      openChat(lab, account, phone);
      return null;
    case 'follow':
    case 'unfollow':
      tellEvent(account, person, act.do === 'follow' ? 'SUBSCRIBE' : 'UNSUBSCRIBE');
      return null;
    case 'block':
    case 'unblock':
      // Google tells nobody; what is sent meanwhile does not arrive.
      phone.blocked = act.do === 'block';
      lab.changed(account.public, person, 'block');
      return null;
    case 'device':
      if (!['rcs', 'offline', 'none'].includes(act.reach)) throw new LabError(400, 'reach is rcs, offline or none.');
      account.devices.set(person.id, act.reach);
      deliverWaiting(lab, account, phone);
      return null;
    case 'elapse':
      phone.lastWordAt -= act.hours * 3_600_000;
      elapse(lab, account, phone, act.hours);
      return null;
    default:
      throw cannot('rcs', act);
  }
}

/** A customer's text, for the page and for loads. */
export function writeText(lab: Lab, account: RcsAccount, person: Person, text: string, watcher?: Watcher): string {
  return say(lab, account, account.phones.of(person), { text }, { kind: 'text', text }, watcher);
}

/** A message of the customer's: on the phone, and on its way to the business. */
function say(
  lab: Lab,
  account: RcsAccount,
  phone: PhoneState,
  content: Json,
  view: View,
  watcher: Watcher = {},
): string {
  const { person } = phone;
  const id = newId();
  const entry = remember(phone, {
    view: { id, from: 'customer', at: new Date().toISOString(), ...view, status: 'sending' },
  });
  lab.changed(account.public, person, 'message', id);
  tellMessage(lab, account, phone, id, content, entry, watcher);
  // Whoever writes has the chat open.
  if (!inCrowd(person)) openChat(lab, account, phone);
  return id;
}

function tellMessage(
  lab: Lab,
  account: RcsAccount,
  phone: PhoneState,
  id: string,
  content: Json,
  entry: Entry | undefined,
  watcher: Watcher,
): void {
  const { person } = phone;
  phone.started = true;
  phone.lastWordAt = Date.now();
  const show = (status: PhoneMessage['status']) => {
    if (!entry || inCrowd(person) || entry.view.status === 'read' || entry.view.status === status) return;
    entry.view.status = status;
    lab.changed(account.public, person, 'status', id);
  };
  account.hook.tell(
    'message',
    { senderPhoneNumber: person.phone, messageId: id, ...content },
    {
      person,
      messageId: id,
      watcher: {
        attempted: (ok) => {
          show(ok ? 'accepted' : 'refused');
          watcher.attempted?.(ok);
        },
        ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
      },
    },
  );
}

function tellEvent(account: RcsAccount, person: Person, eventType: string): void {
  account.hook.tell('event', { senderPhoneNumber: person.phone, eventType, eventId: newId() }, { person });
}

/** A chip or a button on a card. Chips are there only while their message is the newest; the device does what an action says, and tells. */
function tap(lab: Lab, account: RcsAccount, phone: PhoneState, messageId: string, buttonId: string): string {
  const entry = findEntry(phone, messageId);
  if (!entry) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  const suggestion = suggestionOf(entry.raw ?? {}, buttonId);
  if (!suggestion) throw new LabError(404, `Message ${messageId} has no button ${JSON.stringify(buttonId)}.`);
  if (buttonId.startsWith('chip') && phone.entries.at(-1) !== entry) {
    throw new LabError(404, `The chips of message ${messageId} have gone: it is no longer the last one.`);
  }
  const { text, postbackData, ...action } = (suggestion.reply ?? suggestion.action) as Json;
  const type = suggestion.reply ? 'REPLY' : 'ACTION';
  const response = { suggestionResponse: { postbackData, text, type } };
  if (type === 'REPLY') return say(lab, account, phone, response, { kind: 'text', text: String(text) });
  const id = newId();
  tellMessage(lab, account, phone, id, response, undefined, {});
  if (action.shareLocationAction) return shareLocation(lab, account, phone, lab.people.home(phone.person));
  return id;
}

function shareLocation(
  lab: Lab,
  account: RcsAccount,
  phone: PhoneState,
  { latitude, longitude }: { latitude: number; longitude: number },
): string {
  const location = { latitude, longitude };
  return say(lab, account, phone, { location }, { kind: 'location', location });
}

function sendFile(
  lab: Lab,
  account: RcsAccount,
  phone: PhoneState,
  act: {
    do: 'image' | 'video' | 'audio' | 'document';
    filename: string;
    mimeType: string;
    base64: string;
    caption?: string;
  },
): string {
  const bytes = Buffer.from(act.base64, 'base64');
  const file = lab.files.put({ mimeType: act.mimeType, filename: act.filename, bytes });
  const payload = {
    mimeType: act.mimeType,
    fileSizeBytes: bytes.length,
    fileName: act.filename,
    fileUri: `${lab.url}/rcs/media/${file.id}`,
  };
  const shown = { mediaUrl: `/lab/files/${file.id}`, filename: act.filename };
  const id = say(lab, account, phone, { userFile: { payload } }, { kind: act.do, ...shown });
  // RCS puts no words beside a file: they are a message of their own.
  if (act.caption) say(lab, account, phone, { text: act.caption }, { kind: 'text', text: act.caption });
  return id;
}

function vcardOf({ name, phone }: Person) {
  const card = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${name}`, `TEL;TYPE=CELL:${phone}`, 'END:VCARD', ''].join('\r\n');
  return { filename: `${name}.vcf`, mimeType: 'text/vcard', base64: Buffer.from(card).toString('base64') };
}
