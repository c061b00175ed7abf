import type { Person, PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { type Entry, findEntry, type PhoneState, remember } from '../phones.ts';
import type { TelegramAccount } from './account.ts';
import { badRequest, TelegramError } from './error.ts';
import { readKeyboard } from './keyboards.ts';
import type { Entity } from './runs.ts';

/** A message as the Bot API returns it. */
export type TelegramMessage = Record<string, unknown> & { message_id: number };

/** What a call turned out to be about, for the log. */
export interface Call {
  person?: Person;
  messageId?: string;
}

/** The person as Telegram describes a user. */
export function userOf({ telegram }: Person): Record<string, unknown> {
  return {
    id: telegram.id,
    is_bot: false,
    first_name: telegram.firstName,
    ...(telegram.lastName ? { last_name: telegram.lastName } : {}),
    ...(telegram.username ? { username: telegram.username } : {}),
    ...(telegram.languageCode ? { language_code: telegram.languageCode } : {}),
  };
}

/** The private chat with a person. */
export function chatOf({ telegram }: Person): Record<string, unknown> {
  return {
    id: telegram.id,
    first_name: telegram.firstName,
    ...(telegram.lastName ? { last_name: telegram.lastName } : {}),
    ...(telegram.username ? { username: telegram.username } : {}),
    type: 'private',
  };
}

/** The id that the Lab and the platform call a message by. */
export const wholeId = (person: Person, messageId: number): string => `${person.telegram.id}:${messageId}`;

/** The person behind a chat id. */
export function personOf(lab: Lab, chatId: unknown): Person {
  const id = typeof chatId === 'number' ? chatId : /^-?\d+$/.test(String(chatId)) ? Number(chatId) : Number.NaN;
  const person = lab.people.byTelegram(id);
  if (!person) throw badRequest('chat not found');
  return person;
}

/** The phone that a bot may write to just now; throws Telegram's reasons why not. */
export function reach(lab: Lab, bot: TelegramAccount, chatId: unknown, call: Call): PhoneState {
  const person = personOf(lab, chatId);
  call.person = person;
  const phone = bot.phones.find(person) ?? (lab.settings.startRequired ? undefined : bot.phones.of(person));
  if (!phone || (lab.settings.startRequired && !phone.started)) {
    if (inCrowd(person)) throw badRequest('chat not found');
    throw new TelegramError(403, "Forbidden: bot can't initiate conversation with a user");
  }
  if (phone.blocked) throw new TelegramError(403, 'Forbidden: bot was blocked by the user');
  return phone;
}

/** Throws 429 when the bot writes faster than Telegram lets it. */
export function checkFlood(lab: Lab, bot: TelegramAccount, person: Person): void {
  if (!lab.settings.limits) return;
  const { wait } = bot.flood.take(person.id);
  if (wait > 0) throw tooMany(Math.ceil(wait));
}

/** Telegram's 429. */
export const tooMany = (seconds: number): TelegramError =>
  new TelegramError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });

/** Puts the bot's message into the chat and answers it as the API does. */
export function say(
  lab: Lab,
  bot: TelegramAccount,
  phone: PhoneState,
  call: Call,
  params: Record<string, unknown>,
  content: Record<string, unknown>,
  view: Partial<PhoneMessage> & { kind: PhoneMessage['kind'] },
): TelegramMessage {
  const { person } = phone;
  const replied = repliedTo(phone, params);
  const keyboard = readKeyboard(params.reply_markup);
  const id = phone.nextMessageId++;
  const whole = wholeId(person, id);
  const message: TelegramMessage = {
    message_id: id,
    from: bot.user(),
    chat: chatOf(person),
    date: Math.floor(Date.now() / 1000),
    ...(replied?.raw ? { reply_to_message: withoutReply(replied.raw) } : {}),
    ...content,
    ...(keyboard.inline ? { reply_markup: params.reply_markup } : {}),
  };
  call.messageId = whole;
  const shown: PhoneMessage = {
    id: whole,
    from: 'business',
    at: new Date().toISOString(),
    ...view,
    ...(keyboard.inline ? { buttons: keyboard.inline } : {}),
    ...(replied ? { replyTo: replied.view.id } : {}),
    status: 'delivered',
  };
  if (keyboard.reply) {
    shown.buttons = keyboard.reply.rows;
    phone.keyboard = { messageId: whole, buttons: keyboard.reply.rows, oneTime: keyboard.reply.oneTime };
  }
  if (keyboard.remove) phone.keyboard = undefined;
  const entry = remember(phone, { view: shown, raw: message });
  phone.typingUntil = 0;
  if (inCrowd(person)) bot.ledger.got(person.id, whole, view.text ?? '');
  else {
    lab.changed(bot.public, person, 'message', whole);
    if (keyboard.reply || keyboard.remove) lab.changed(bot.public, person, 'keyboard', whole);
    readLater(lab, bot, person, entry);
  }
  return message;
}

// The bot never learns of it, but the person at the Lab's wall sees the chat as read.
function readLater(lab: Lab, bot: TelegramAccount, person: Person, entry: Entry): void {
  if (lab.settings.autoReadMs === null) return;
  lab.later(lab.settings.autoReadMs, () => {
    entry.view.status = 'read';
    lab.changed(bot.public, person, 'status', entry.view.id);
  });
}

function repliedTo(phone: PhoneState, params: Record<string, unknown>): Entry | undefined {
  const reply = params.reply_parameters as { message_id?: number; allow_sending_without_reply?: boolean } | undefined;
  if (reply?.message_id === undefined) return undefined;
  const entry = findEntry(phone, wholeId(phone.person, reply.message_id));
  if (entry && !entry.view.deleted) return entry;
  // What has left the short history of a crowd was there all the same.
  const forgotten = !entry && inCrowd(phone.person) && reply.message_id < phone.nextMessageId;
  if (!forgotten && !reply.allow_sending_without_reply) throw badRequest('message to be replied not found');
  return undefined;
}

/** Telegram does not nest replies in replies. */
export function withoutReply(message: Record<string, unknown>): Record<string, unknown> {
  const { reply_to_message: _, ...rest } = message;
  return rest;
}

const shownAs: Record<string, NonNullable<PhoneMessage['entities']>[number]['type']> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  code: 'code',
  pre: 'code',
  text_link: 'link',
  url: 'link',
};

/** Telegram's runs as the phone draws them. */
export function drawRuns(text: string, entities: Entity[]): Pick<PhoneMessage, 'entities'> {
  const runs: NonNullable<PhoneMessage['entities']> = [];
  for (const { type, offset, length, url } of entities) {
    const shown = shownAs[type];
    if (!shown) continue;
    const target = type === 'url' ? text.slice(offset, offset + length) : url;
    runs.push({ type: shown, offset, length, ...(shown === 'link' && target ? { url: target } : {}) });
  }
  return runs.length > 0 ? { entities: runs } : {};
}
