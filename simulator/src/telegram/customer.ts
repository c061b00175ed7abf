import type { Act, Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { cannot, LabError } from '../lab-error.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import type { Watcher } from '../webhook.ts';
import type { TelegramAccount } from './account.ts';
import { describe, mediaUrl } from './media.ts';
import { chatOf, userOf, wholeId, withoutReply } from './messages.ts';

/** What a customer does on Telegram, told to the bot as Telegram tells it. Answers the id of what was made. */
export function actOnTelegram(lab: Lab, bot: TelegramAccount, person: Person, act: Act): string | null {
  const phone = bot.phones.of(person);
  const replyTo = 'replyTo' in act && act.replyTo ? { replyTo: act.replyTo } : {};
  switch (act.do) {
    case 'text':
      return write(lab, bot, phone, textContent(act.text), { kind: 'text', text: act.text, ...replyTo });
    case 'start': {
      const text = act.payload ? `/start ${act.payload}` : '/start';
      return write(lab, bot, phone, textContent(text), { kind: 'text', text });
    }
    case 'tap':
      return tap(lab, bot, phone, act.messageId, act.buttonId);
    case 'image':
    case 'document':
    case 'audio':
    case 'video': {
      const bytes = Buffer.from(act.base64, 'base64');
      const file = lab.files.put({ mimeType: act.mimeType, filename: act.filename, bytes });
      const voice = act.do === 'audio' && /ogg|opus/.test(act.mimeType);
      const kind = act.do === 'image' ? 'photo' : voice ? 'voice' : act.do;
      const content = { [kind]: describe(kind, file), ...(act.caption ? { caption: act.caption } : {}) };
      return write(lab, bot, phone, content, {
        kind: act.do,
        mediaUrl: mediaUrl(file),
        filename: act.filename,
        ...(act.caption ? { text: act.caption } : {}),
      });
    }
    case 'location': {
      const location = { latitude: act.latitude, longitude: act.longitude };
      const content = act.name ? { venue: { location, title: act.name, address: '' }, location } : { location };
      const shown = { ...location, ...(act.name ? { name: act.name } : {}) };
      return write(lab, bot, phone, content, { kind: 'location', location: shown });
    }
    case 'contact':
      return shareContact(lab, bot, phone);
    case 'sticker': {
      const file = lab.files.put({ mimeType: 'image/webp', filename: 'sticker.webp', bytes: blankWebp });
      const sticker = describe('sticker', file, { emoji: act.emoji, set_name: 'LabPack' });
      return write(lab, bot, phone, { sticker }, { kind: 'sticker', text: act.emoji });
    }
    case 'edit':
      return edit(lab, bot, phone, act.messageId, act.text);
    case 'react':
      return react(lab, bot, phone, act.messageId, act.emoji);
    case 'read':
      readAll(lab, bot, phone);
      return null;
    case 'block':
    case 'unblock':
      block(lab, bot, phone, act.do === 'block');
      return null;
    case 'elapse':
      phone.lastWordAt -= act.hours * 3_600_000;
      return null;
    default:
      throw cannot('telegram', act);
  }
}

/** A customer's text, for the page and for loads. */
export function writeText(lab: Lab, bot: TelegramAccount, person: Person, text: string, watcher?: Watcher): string {
  return write(lab, bot, bot.phones.of(person), textContent(text), { kind: 'text', text }, watcher);
}

function textContent(text: string): Record<string, unknown> {
  const command = /^\/\w+/.exec(text)?.[0];
  return { text, ...(command ? { entities: [{ offset: 0, length: command.length, type: 'bot_command' }] } : {}) };
}

function write(
  lab: Lab,
  bot: TelegramAccount,
  phone: PhoneState,
  content: Record<string, unknown>,
  view: Partial<PhoneMessage> & { kind: PhoneMessage['kind'] },
  watcher?: Watcher,
): string {
  const { person } = phone;
  // Whoever writes to a bot they blocked has to restart it first, and the bot is told.
  if (phone.blocked) block(lab, bot, phone, false);
  phone.started = true;
  phone.lastWordAt = Date.now();
  const messageId = phone.nextMessageId++;
  const id = wholeId(person, messageId);
  const replied = view.replyTo ? findEntry(phone, view.replyTo) : undefined;
  const message = {
    message_id: messageId,
    from: userOf(person),
    chat: chatOf(person),
    date: Math.floor(Date.now() / 1000),
    ...(replied?.raw ? { reply_to_message: withoutReply(replied.raw) } : {}),
    ...content,
  };
  const entry = remember(phone, {
    view: { id, from: 'customer', at: new Date().toISOString(), ...view, status: 'sending' },
    raw: message,
  });
  lab.changed(bot.public, person, 'message', id);
  deliver(lab, bot, phone, entry, 'message', message, watcher);
  return id;
}

/** Sends an update about a message and shows at the message how that went. */
function deliver(
  lab: Lab,
  bot: TelegramAccount,
  { person }: PhoneState,
  entry: Entry | undefined,
  kind: string,
  content: Record<string, unknown>,
  watcher: Watcher = {},
): void {
  const quiet = inCrowd(person);
  const show = (status: PhoneMessage['status']) => {
    if (!entry || quiet || entry.view.status === status) return;
    entry.view.status = status;
    lab.changed(bot.public, person, 'status', entry.view.id);
  };
  bot.hook.enqueue(kind, content, {
    chat: person.telegram.id,
    person,
    ...(entry ? { messageId: entry.view.id } : {}),
    watcher: {
      attempted: (ok) => {
        show(ok ? 'accepted' : 'refused');
        watcher.attempted?.(ok);
      },
      ...(watcher.accepted ? { accepted: watcher.accepted } : {}),
    },
  });
}

function tap(lab: Lab, bot: TelegramAccount, phone: PhoneState, messageId: string, buttonId: string): string | null {
  const entry = messageOf(phone, messageId);
  const button = (entry.view.buttons ?? []).flat().find(({ id }) => id === buttonId);
  if (!button) throw new LabError(404, `Message ${messageId} has no button ${JSON.stringify(buttonId)}.`);
  switch (button.kind) {
    case 'link':
      return null;
    case 'contact_request':
      return shareContact(lab, bot, phone);
    case 'location_request': {
      const location = lab.people.home(phone.person);
      return write(lab, bot, phone, { location }, { kind: 'location', location });
    }
    case 'reply': {
      if (phone.keyboard?.oneTime) {
        phone.keyboard = undefined;
        lab.changed(bot.public, phone.person, 'keyboard');
      }
      return write(lab, bot, phone, textContent(button.text), { kind: 'text', text: button.text });
    }
    case 'postback': {
      const id = bot.openQuery(phone.person.id);
      deliver(lab, bot, phone, undefined, 'callback_query', {
        id,
        from: userOf(phone.person),
        message: entry.raw ?? { message_id: Number(entry.view.id.split(':')[1]), chat: chatOf(phone.person), date: 0 },
        chat_instance: `-${phone.person.telegram.id}77`,
        data: button.id,
      });
      return id;
    }
    default:
      throw new LabError(422, `Telegram has no ${button.kind} buttons.`);
  }
}

function shareContact(lab: Lab, bot: TelegramAccount, phone: PhoneState): string {
  const { telegram, phone: number, name } = phone.person;
  const contact = {
    phone_number: number,
    first_name: telegram.firstName,
    ...(telegram.lastName ? { last_name: telegram.lastName } : {}),
    user_id: telegram.id,
  };
  return write(lab, bot, phone, { contact }, { kind: 'contact', text: `${name}\n${number}` });
}

function edit(lab: Lab, bot: TelegramAccount, phone: PhoneState, messageId: string, text: string): string {
  const entry = messageOf(phone, messageId);
  if (entry.view.from !== 'customer') throw new LabError(422, 'Only a message of one’s own can be edited.');
  const field = entry.view.kind === 'text' ? 'text' : 'caption';
  entry.raw = { ...entry.raw, edit_date: Math.floor(Date.now() / 1000), [field]: text };
  entry.view.text = text;
  entry.view.edited = true;
  lab.changed(bot.public, phone.person, 'edit', messageId);
  deliver(lab, bot, phone, entry, 'edited_message', entry.raw);
  return messageId;
}

function react(lab: Lab, bot: TelegramAccount, phone: PhoneState, messageId: string, emoji: string | null): string {
  const entry = messageOf(phone, messageId);
  const before = entry.view.reactions ?? [];
  entry.view.reactions = emoji ? [emoji] : [];
  lab.changed(bot.public, phone.person, 'reaction', messageId);
  const list = (emojis: string[]) => emojis.map((one) => ({ type: 'emoji', emoji: one }));
  deliver(lab, bot, phone, undefined, 'message_reaction', {
    chat: chatOf(phone.person),
    message_id: Number(entry.view.id.split(':')[1]),
    user: userOf(phone.person),
    date: Math.floor(Date.now() / 1000),
    old_reaction: list(before),
    new_reaction: list(entry.view.reactions),
  });
  return messageId;
}

function block(lab: Lab, bot: TelegramAccount, phone: PhoneState, on: boolean): void {
  if (phone.blocked === on) return;
  phone.blocked = on;
  lab.changed(bot.public, phone.person, 'block');
  const member = { user: bot.user(), status: 'member' };
  const kicked = { user: bot.user(), status: 'kicked', until_date: 0 };
  deliver(lab, bot, phone, undefined, 'my_chat_member', {
    chat: chatOf(phone.person),
    from: userOf(phone.person),
    date: Math.floor(Date.now() / 1000),
    old_chat_member: on ? member : kicked,
    new_chat_member: on ? kicked : member,
  });
}

function readAll(lab: Lab, bot: TelegramAccount, phone: PhoneState): void {
  for (const { view } of phone.entries) {
    if (view.from !== 'business' || view.status === 'read') continue;
    view.status = 'read';
    lab.changed(bot.public, phone.person, 'status', view.id);
  }
}

/** The message that an act is about; bare Telegram ids are taken too. */
function messageOf(phone: PhoneState, messageId: string): Entry {
  const entry = findEntry(phone, messageId) ?? findEntry(phone, `${phone.person.telegram.id}:${messageId}`);
  if (!entry || entry.view.deleted) throw new LabError(404, `There is no message ${messageId} on this phone.`);
  return entry;
}

/** One transparent pixel. */
export const blankWebp = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
