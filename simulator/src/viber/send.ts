import type { Person } from '../control.ts';
import { isObject } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { type PhoneState, remember } from '../phones.ts';
import type { ViberAccount } from './account.ts';
import { draw, drawKeyboard } from './draw.ts';
import { missingData, ViberError } from './error.ts';
import { follow } from './receipts.ts';
import { checkMessage } from './validate.ts';

type Json = Record<string, unknown>;

/** What a call turned out to be about, for the log. */
export interface Call {
  person?: Person;
  messageId?: string;
}

const hour = 3_600_000;
/** Without an answer in between. */
const mostAnHour = 100;

/** send_message: to one subscriber. */
export function sendMessage(lab: Lab, bot: ViberAccount, body: Json, call: Call): Json {
  if (!bot.url) throw new ViberError(10);
  if (typeof body.receiver !== 'string') throw missingData('receiver');
  checkMessage(body);
  const phone = reach(lab, bot, body.receiver, call);
  countDown(lab, bot, phone);
  const token = say(lab, bot, phone, body);
  call.messageId = token;
  return { message_token: token, chat_hostname: 'SN-CHAT-01_', billing_status: 1 };
}

/** broadcast_message: the same to up to 300; who cannot be reached is named, and the others get it. */
export function broadcast(lab: Lab, bot: ViberAccount, body: Json): Json {
  if (!bot.url) throw new ViberError(10);
  const list = body.broadcast_list;
  if (!Array.isArray(list) || list.length === 0) throw missingData('broadcast_list');
  if (list.length > 300) throw new ViberError(3, 'broadcast_list is longer than 300');
  const { broadcast_list: _, ...message } = body;
  checkMessage(message);
  const failed: Json[] = [];
  let token = bot.tokens.next();
  for (const receiver of list) {
    try {
      token = say(lab, bot, reach(lab, bot, String(receiver), {}), message, token);
    } catch (cause) {
      if (!(cause instanceof ViberError)) throw cause;
      failed.push({ receiver, status: cause.status, status_message: cause.message });
    }
  }
  return { message_token: token, failed_list: failed };
}

/** The phone that the bot may write to; throws Viber's reasons why not. */
function reach(lab: Lab, bot: ViberAccount, receiver: string, call: Call): PhoneState {
  const person = lab.people.byViber(receiver);
  if (!person) throw new ViberError(5);
  call.person = person;
  const phone = bot.phones.find(person) ?? (lab.settings.startRequired ? undefined : bot.phones.of(person));
  if (!phone || phone.blocked || (lab.settings.startRequired && !phone.started)) throw new ViberError(6);
  return phone;
}

function countDown(lab: Lab, bot: ViberAccount, { person }: PhoneState): void {
  if (!lab.settings.limits) return;
  const recent = (bot.unanswered.get(person.id) ?? []).filter((at) => at > Date.now() - hour);
  if (recent.length >= mostAnHour) throw new ViberError(12);
  recent.push(Date.now());
  bot.unanswered.set(person.id, recent);
}

/** Puts a message into the chat: it is drawn, its keyboard lies under the input line, and its receipts follow. */
export function say(
  lab: Lab,
  bot: ViberAccount,
  phone: PhoneState,
  message: Json,
  token: string = bot.tokens.next(),
): string {
  const { person } = phone;
  const keys = drawKeyboard(message.keyboard);
  const view = draw(message);
  const entry = remember(phone, {
    view: {
      id: token,
      from: 'business',
      at: new Date().toISOString(),
      ...view,
      ...(keys ? { buttons: keys } : {}),
      status: 'sent',
    },
    raw: message,
  });
  // What lay there before goes with the next message, whatever that is.
  if (keys) phone.keyboard = { messageId: token, buttons: keys, oneTime: false };
  else phone.keyboard = undefined;
  if (typeof message.tracking_data === 'string') bot.tracking.set(person.id, message.tracking_data);
  else bot.tracking.delete(person.id);
  if (inCrowd(person)) bot.ledger.got(person.id, token, view.text ?? '');
  else {
    lab.changed(bot.public, person, 'message', token);
    lab.changed(bot.public, person, 'keyboard', token);
  }
  const media = typeof message.media === 'string' && message.type !== 'url' ? message.media : undefined;
  follow(lab, bot, phone, entry, media);
  return token;
}

/** The one message that may stand in the answer to conversation_started: no receiver, and the person need not have subscribed. */
export function welcome(lab: Lab, bot: ViberAccount, phone: PhoneState, answer: string): void {
  let message: unknown;
  try {
    message = JSON.parse(answer);
    if (!isObject(message) || message.type === undefined) return;
    checkMessage(message);
  } catch {
    // An answer that is no message says nothing.
    return;
  }
  say(lab, bot, phone, message);
}
