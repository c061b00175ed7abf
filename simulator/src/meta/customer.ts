import type { Act, Person, PhoneMessage } from '../control.ts';
import type { StoredFile } from '../files.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import { blankWebp } from '../telegram/customer.ts';
import type { Watcher } from '../webhook.ts';
import type { WhatsappAccount } from './account.ts';
import { callbacks } from './callback.ts';
import { drawMarkup } from './markup.ts';
import { attachmentUrl } from './nodes.ts';
import { openChat } from './statuses.ts';
import { contactOf, newWamid, seconds } from './words.ts';

type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };
type Content = Record<string, unknown> & { type: string };

/** What a customer does on WhatsApp, told to the business as Meta tells it. Answers the id of what was made. */
export function actOnWhatsapp(lab: Lab, account: WhatsappAccount, person: Person, act: Act): string | null {
  const phone = account.phones.of(person);
  switch (act.do) {
    case 'text':
      return write(
        lab,
        account,
        phone,
        { type: 'text', text: { body: act.text } },
        { kind: 'text', ...drawMarkup(act.text) },
        act.replyTo,
      );
    case 'tap':
      return tap(lab, account, phone, act.messageId, act.buttonId);
    case 'choose':
      return choose(lab, account, phone, act.messageId, act.rowId);
    case 'image':
    case 'document':
    case 'audio':
    case 'video':
      return sendFile(lab, account, phone, act);
    case 'location':
      return shareLocation(lab, account, phone, act);
    case 'contact':
      return shareContact(lab, account, phone, 'other');
    case 'sticker': {
      const file = lab.files.put({ mimeType: 'image/webp', filename: 'sticker.webp', bytes: blankWebp });
      return write(
        lab,
        account,
        phone,
        { type: 'sticker', sticker: { ...describe(lab, file), animated: false } },
        { kind: 'sticker', text: act.emoji },
      );
    }
    case 'edit': {
      // The Cloud API is not told what an edit says, only that something happened which it does not support.
      const entry = messageOf(phone, act.messageId);
      if (entry.view.from !== 'customer') throw new LabError(422, 'Only a message of one’s own can be edited.');
      entry.view.text = act.text;
      entry.view.edited = true;
      lab.changed(account.public, person, 'edit', act.messageId);
      return tell(lab, account, phone, undefined, {
        errors: [
          {
            code: 131051,
            title: 'Message type unknown',
            message: 'Message type unknown',
            error_data: { details: 'Message type is currently not supported.' },
          },
        ],
        type: 'unsupported',
        unsupported: { type: 'edit' },
      });
    }
    case 'react': {
      const entry = messageOf(phone, act.messageId);
      entry.view.reactions = act.emoji ? [act.emoji] : [];
      lab.changed(account.public, person, 'reaction', act.messageId);
      const reaction = { message_id: act.messageId, ...(act.emoji ? { emoji: act.emoji } : {}) };
      return tell(lab, account, phone, undefined, { type: 'reaction', reaction });
    }
    case 'read':
      openChat(lab, account, phone);
      return null;
    case 'block':
    case 'unblock':
      // WhatsApp tells nobody.
      phone.blocked = act.do === 'block';
      lab.changed(account.public, person, 'block');
      return null;
    case 'start': {
      // A wa.me link leaves its words in the input line, an ice breaker sends them; the person presses send.
      const text = act.payload ?? 'Hello!';
      return write(lab, account, phone, { type: 'text', text: { body: text } }, { kind: 'text', ...drawMarkup(text) });
    }
    case 'elapse':
      phone.lastWordAt -= act.hours * 3_600_000;
      return null;
    case 'echo':
      return echo(lab, account, phone, act.text);
    default:
      throw cannot('whatsapp', act);
  }
}

/** A customer's text, for the page and for loads. */
export function writeText(lab: Lab, account: WhatsappAccount, person: Person, text: string, watcher?: Watcher): string {
  return write(
    lab,
    account,
    account.phones.of(person),
    { type: 'text', text: { body: text } },
    { kind: 'text', text },
    undefined,
    watcher,
  );
}

function write(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState,
  content: Content,
  view: View,
  replyTo?: string,
  watcher?: Watcher,
): string {
  const { person } = phone;
  const id = newWamid(person.whatsapp.waId, 'in');
  const entry = remember(phone, {
    view: {
      id,
      from: 'customer',
      at: new Date().toISOString(),
      ...view,
      ...(replyTo ? { replyTo } : {}),
      status: 'sending',
    },
  });
  lab.changed(account.public, person, 'message', id);
  tell(lab, account, phone, entry, content, watcher, replyTo);
  // Whoever writes has the chat open.
  if (!inCrowd(person)) openChat(lab, account, phone);
  return id;
}

/** Sends one inbound message; shows at the phone's entry how that went. */
function tell(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState,
  entry: Entry | undefined,
  content: Content,
  watcher: Watcher = {},
  replyTo?: string,
): string {
  const { person } = phone;
  const { waId, userId, hidesNumber } = person.whatsapp;
  phone.started = true;
  phone.lastWordAt = Date.now();
  const id = entry?.view.id ?? newWamid(waId, 'in');
  const replied = replyTo ? findEntry(phone, replyTo) : undefined;
  const context = replyTo
    ? { context: { from: replied?.view.from === 'customer' ? waId : account.display, id: replyTo } }
    : {};
  const show = (status: PhoneMessage['status']) => {
    if (!entry || inCrowd(person) || entry.view.status === 'read' || entry.view.status === status) return;
    entry.view.status = status;
    lab.changed(account.public, person, 'status', id);
  };
  callbacks(lab).enqueue({
    account,
    person,
    field: 'messages',
    list: 'messages',
    item: {
      ...context,
      ...(hidesNumber ? {} : { from: waId }),
      from_user_id: userId,
      id,
      timestamp: seconds(),
      ...content,
    },
    contact: contactOf(person),
    messageId: id,
    attempted: (ok) => {
      show(ok ? 'accepted' : 'refused');
      watcher.attempted?.(ok);
    },
    ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
  });
  return id;
}

function tap(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState,
  messageId: string,
  buttonId: string,
): string | null {
  const entry = messageOf(phone, messageId);
  const rows = [...(entry.view.buttons ?? []), ...(entry.view.cards ?? []).flatMap((card) => card.buttons)];
  const button = rows.flat().find(({ id }) => id === buttonId);
  if (!button) throw new LabError(404, `Message ${messageId} has no button ${JSON.stringify(buttonId)}.`);
  const view: View = { kind: 'text', text: button.text };
  switch (button.kind) {
    case 'link':
      return null;
    case 'location_request':
      return shareLocation(lab, account, phone, lab.people.home(phone.person), messageId);
    case 'contact_request':
      return shareContact(lab, account, phone, 'contact_request', messageId);
    default: {
      const content: Content = entry.template
        ? { type: 'button', button: { payload: button.id, text: button.text } }
        : {
            type: 'interactive',
            interactive: { type: 'button_reply', button_reply: { id: button.id, title: button.text } },
          };
      return write(lab, account, phone, content, view, messageId);
    }
  }
}

function choose(lab: Lab, account: WhatsappAccount, phone: PhoneState, messageId: string, rowId: string): string {
  const entry = messageOf(phone, messageId);
  const row = entry.view.list?.sections.flatMap(({ rows }) => rows).find(({ id }) => id === rowId);
  if (!row) throw new LabError(404, `Message ${messageId} has no row ${JSON.stringify(rowId)}.`);
  const { id, title, description } = row;
  const reply = { id, title, ...(description ? { description } : {}) };
  const text = description ? `${title}\n${description}` : title;
  return write(
    lab,
    account,
    phone,
    { type: 'interactive', interactive: { type: 'list_reply', list_reply: reply } },
    { kind: 'text', text },
    messageId,
  );
}

function sendFile(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState,
  act: Extract<Act, { base64: string }>,
): string {
  const file = lab.files.put({
    mimeType: act.mimeType,
    filename: act.filename,
    bytes: Buffer.from(act.base64, 'base64'),
  });
  const media = {
    ...(act.caption && act.do !== 'audio' ? { caption: act.caption } : {}),
    ...(act.do === 'document' ? { filename: act.filename } : {}),
    ...describe(lab, file),
    ...(act.do === 'audio' ? { voice: /ogg|opus/.test(act.mimeType) } : {}),
  };
  return write(
    lab,
    account,
    phone,
    { type: act.do, [act.do]: media },
    {
      kind: act.do,
      mediaUrl: `/lab/files/${file.id}`,
      filename: act.filename,
      ...(act.caption ? { text: act.caption } : {}),
    },
  );
}

const describe = (lab: Lab, file: StoredFile) => ({
  mime_type: file.mimeType,
  sha256: file.sha256?.toString('base64'),
  id: file.id,
  url: attachmentUrl(lab, file.id),
});

function shareLocation(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState,
  { latitude, longitude, name }: { latitude: number; longitude: number; name?: string },
  replyTo?: string,
): string {
  const location = { latitude, longitude, ...(name ? { name } : {}) };
  return write(lab, account, phone, { type: 'location', location }, { kind: 'location', location }, replyTo);
}

function shareContact(
  lab: Lab,
  account: WhatsappAccount,
  phone: PhoneState,
  origin: 'contact_request' | 'other',
  replyTo?: string,
): string {
  const { name, phone: number, telegram, whatsapp } = phone.person;
  const contact = {
    ...(origin === 'contact_request'
      ? { origin }
      : {
          name: {
            first_name: telegram.firstName,
            formatted_name: name,
            ...(telegram.lastName ? { last_name: telegram.lastName } : {}),
          },
        }),
    phones: [{ phone: number, wa_id: whatsapp.waId, type: 'CELL' }],
  };
  return write(
    lab,
    account,
    phone,
    { type: 'contacts', contacts: [contact] },
    { kind: 'contact', text: `${name}\n${number}` },
    replyTo,
  );
}

/** The business writes from its own phone, with an app that shares the number; the platform hears of it as an echo. */
function echo(lab: Lab, account: WhatsappAccount, phone: PhoneState, text: string): string {
  const { person } = phone;
  const { waId, userId, hidesNumber } = person.whatsapp;
  const id = newWamid(waId, 'out');
  remember(phone, {
    view: {
      id,
      from: 'business',
      at: new Date().toISOString(),
      kind: 'text',
      ...drawMarkup(text),
      status: 'delivered',
    },
    told: 'delivered',
  });
  lab.changed(account.public, person, 'message', id);
  callbacks(lab).enqueue({
    account,
    person,
    field: 'smb_message_echoes',
    list: 'message_echoes',
    item: {
      from: account.display,
      ...(hidesNumber ? {} : { to: waId }),
      to_user_id: userId,
      id,
      timestamp: seconds(),
      type: 'text',
      text: { body: text },
    },
    contact: contactOf(person),
    messageId: id,
  });
  return id;
}

function messageOf(phone: PhoneState, messageId: string): Entry {
  const entry = findEntry(phone, messageId);
  if (!entry || entry.view.deleted) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  return entry;
}
