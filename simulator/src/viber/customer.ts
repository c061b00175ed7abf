import type { Act, Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { findEntry, type PhoneState, remember } from '../phones.ts';
import type { Watcher } from '../webhook.ts';
import type { ViberAccount } from './account.ts';
import { detailsOf } from './people.ts';
import { openChat } from './receipts.ts';
import { welcome } from './send.ts';

type Json = Record<string, unknown>;
type View = Partial<PhoneMessage> & { kind: PhoneMessage['kind'] };

/** What a customer does on Viber, told to the bot as Viber tells it. Answers the id of what was made. */
export function actOnViber(lab: Lab, bot: ViberAccount, person: Person, act: Act): string | null {
  const phone = bot.phones.of(person);
  switch (act.do) {
    case 'text':
      return write(lab, bot, phone, { type: 'text', text: act.text }, { kind: 'text', text: act.text });
    case 'tap':
      return tap(lab, bot, phone, act.messageId, act.buttonId);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      return sendFile(lab, bot, phone, act);
    case 'location': {
      const place = { lat: act.latitude, lon: act.longitude, ...(act.name ? { address: act.name } : {}) };
      const { latitude, longitude, name } = act;
      const location = { latitude, longitude, ...(name ? { name } : {}) };
      return write(lab, bot, phone, { type: 'location', location: place }, { kind: 'location', location });
    }
    case 'contact':
      return shareNumber(lab, bot, phone);
    case 'sticker': {
      const file = lab.files.put({ mimeType: 'image/png', filename: 'sticker.png', bytes: blankPng });
      const said = { type: 'sticker', media: linkOf(lab, file), sticker_id: 46105 };
      return write(lab, bot, phone, said, { kind: 'sticker', text: act.emoji });
    }
    case 'read':
      openChat(lab, bot, phone);
      return null;
    case 'start':
      start(lab, bot, phone, act.payload);
      return null;
    case 'block':
    case 'unfollow':
      leave(lab, bot, phone);
      return null;
    case 'unblock':
    case 'follow':
      subscribe(lab, bot, phone);
      return null;
    case 'elapse':
      phone.lastWordAt -= act.hours * 3_600_000;
      bot.unanswered.delete(person.id);
      return null;
    default:
      throw cannot('viber', act);
  }
}

/** A customer's text, for the page and for loads. */
export function writeText(lab: Lab, bot: ViberAccount, person: Person, text: string, watcher?: Watcher): string {
  return write(lab, bot, bot.phones.of(person), { type: 'text', text }, { kind: 'text', text }, { watcher });
}

interface Manner {
  watcher?: Watcher;
  /** The button that was tapped keeps out of the chat. */
  silent?: boolean;
}

/** Whoever writes is subscribed, and no callback says so. The tracking data of what they answer goes along. */
function write(
  lab: Lab,
  bot: ViberAccount,
  phone: PhoneState,
  said: Json,
  view: View,
  { watcher = {}, silent = false }: Manner = {},
): string {
  const { person } = phone;
  if (phone.blocked) {
    phone.blocked = false;
    lab.changed(bot.public, person, 'block');
  }
  phone.started = true;
  phone.lastWordAt = Date.now();
  bot.unanswered.delete(person.id);
  const token = bot.tokens.next();
  const tracking = bot.tracking.get(person.id);
  const message = { ...said, ...(tracking === undefined ? {} : { tracking_data: tracking }) };
  const content = { message_token: token, sender: detailsOf(lab, person), message, silent };
  if (silent) {
    bot.tell('message', content, { person, watcher });
    return token;
  }
  const entry = remember(phone, {
    view: { id: token, from: 'customer', at: new Date().toISOString(), ...view, status: 'sending' },
    raw: message,
  });
  lab.changed(bot.public, person, 'message', token);
  bot.tell('message', content, {
    person,
    entry,
    watcher: {
      attempted: (ok) => {
        const status = ok ? 'accepted' : 'refused';
        if (!inCrowd(person) && entry.view.status !== status) {
          entry.view.status = status;
          lab.changed(bot.public, person, 'status', token);
        }
        watcher.attempted?.(ok);
      },
      ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
    },
  });
  return token;
}

type FileAct = Extract<Act, { do: 'image' | 'video' | 'audio' | 'document' }>;

/** Pictures and films have kinds of their own; everything else is a file. Only pictures carry words, so others' follow. */
function sendFile(lab: Lab, bot: ViberAccount, phone: PhoneState, act: FileAct): string {
  const bytes = Buffer.from(act.base64, 'base64');
  const file = lab.files.put({ mimeType: act.mimeType, filename: act.filename, bytes });
  const media = linkOf(lab, file);
  const named = { media, file_name: act.filename, size: bytes.length };
  const kind = act.do === 'image' ? 'picture' : act.do === 'video' ? 'video' : 'file';
  const picture = kind === 'picture' ? { text: act.caption ?? '', thumbnail: media } : {};
  const said = { type: kind, ...named, ...picture, ...(kind === 'video' ? { duration: 9, thumbnail: media } : {}) };
  const words = kind === 'picture' && act.caption ? { text: act.caption } : {};
  const shown = { kind: act.do, mediaUrl: `/lab/files/${file.id}`, filename: act.filename };
  const id = write(lab, bot, phone, said, { ...shown, ...words });
  if (act.caption && kind !== 'picture') {
    write(lab, bot, phone, { type: 'text', text: act.caption }, { kind: 'text', text: act.caption });
  }
  return id;
}

const linkOf = (lab: Lab, file: { id: string; filename: string }): string =>
  `${lab.url}/viber/files/${file.id}/${encodeURIComponent(file.filename)}`;

function tap(lab: Lab, bot: ViberAccount, phone: PhoneState, messageId: string, buttonId: string): string | null {
  const entry = findEntry(phone, messageId);
  if (!entry) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  const all = [...(entry.view.buttons ?? []), ...(entry.view.cards ?? []).flatMap(({ buttons }) => buttons)].flat();
  const button = all.find(({ id }) => id === buttonId);
  if (!button) throw new LabError(404, `Message ${messageId} has no button ${JSON.stringify(buttonId)}.`);
  const onKeyboard = entry.view.buttons?.flat().includes(button);
  if (onKeyboard && phone.keyboard?.messageId !== messageId) {
    throw new LabError(422, 'This keyboard is gone: a newer message has taken its place.');
  }
  const silent = isSilent(entry.raw, buttonId);
  switch (button.kind) {
    case 'contact_request':
      return shareNumber(lab, bot, phone);
    case 'location_request': {
      const location = lab.people.home(phone.person);
      const place = { lat: location.latitude, lon: location.longitude };
      return write(lab, bot, phone, { type: 'location', location: place }, { kind: 'location', location });
    }
    default: {
      // The app opens a link and says it to the bot as well.
      const said = { type: 'text', text: button.id };
      const token = write(lab, bot, phone, said, { kind: 'text', text: button.id }, { silent });
      return button.kind === 'link' ? null : token;
    }
  }
}

/** Whether the button with this body asked to be kept out of the chat. */
function isSilent(raw: Json | undefined, body: string): boolean {
  const holders = [raw?.keyboard, raw?.rich_media] as ({ Buttons?: Json[] } | undefined)[];
  return holders.some((one) => one?.Buttons?.some((button) => button.ActionBody === body && button.Silent === true));
}

function shareNumber(lab: Lab, bot: ViberAccount, phone: PhoneState): string {
  const { name, phone: number } = phone.person;
  const contact = { name, phone_number: number, avatar: '' };
  return write(lab, bot, phone, { type: 'contact', contact }, { kind: 'contact', text: `${name}\n${number}` });
}

/** Opens the chat, by a deep link perhaps. The bot may answer with one message in its 200. */
function start(lab: Lab, bot: ViberAccount, phone: PhoneState, context: string | undefined): void {
  const { person } = phone;
  const content = {
    message_token: bot.tokens.next(),
    type: 'open',
    ...(context ? { context } : {}),
    user: detailsOf(lab, person),
    subscribed: phone.started && !phone.blocked,
  };
  bot.tell('conversation_started', content, { person, answered: (text) => welcome(lab, bot, phone, text) });
}

function leave(lab: Lab, bot: ViberAccount, phone: PhoneState): void {
  if (phone.blocked) return;
  const { person } = phone;
  phone.blocked = true;
  lab.changed(bot.public, person, 'block');
  bot.tell('unsubscribed', { user_id: person.viber.id, message_token: bot.tokens.next() }, { person });
}

function subscribe(lab: Lab, bot: ViberAccount, phone: PhoneState): void {
  const { person } = phone;
  if (phone.started && !phone.blocked) return;
  phone.started = true;
  phone.blocked = false;
  lab.changed(bot.public, person, 'block');
  bot.tell('subscribed', { user: detailsOf(lab, person), message_token: bot.tokens.next() }, { person });
}

/** One transparent pixel. */
const blankPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
