import type { Content } from '@tributary/protocol';
import { type InboundEvent, type InboundEventOf, type InboundRequest, messageKey, Unparsable } from '../adapter.ts';
import { parseJson } from '../common/big_integers.ts';
import { botId, botName, type TelegramConfig } from './config.ts';
import { readContent, toPhone } from './content.ts';
import {
  chatAddress,
  externalIdOf,
  metadataOf,
  profileOf,
  repliedTo,
  senderOf,
  threadOf,
  userAddress,
  userProfile,
} from './naming.ts';
import { type CallbackQuery, type Message, reads } from './payloads.ts';

/** What all events of one update share. */
interface Update {
  id: string;
  account: string;
  /** What `to` reads like. */
  to: string;
  receivedAt: Date;
  raw: Record<string, unknown>;
}

/** One update of Telegram's, as events: `update_id` and exactly one field that says what happened. */
export function parse(request: InboundRequest, config: TelegramConfig): InboundEvent[] {
  const raw = readUpdate(request.body);
  const account = botId(config);
  const name = botName(config);
  const update: Update = {
    id: String(raw.update_id),
    account,
    to: name ? `@${name}` : account,
    receivedAt: request.receivedAt,
    raw,
  };
  const field = Object.keys(raw).find((key) => key !== 'update_id');
  const value = field && raw[field];
  switch (field) {
    case 'message':
    case 'channel_post':
      return parseMessage(value, update);
    case 'edited_message':
    case 'edited_channel_post':
      return [parseEdit(value, update)];
    case 'callback_query':
      return [parseTap(value, update)];
    case 'my_chat_member':
      return [parseMembership(value, update)];
    case 'message_reaction':
      return [parseReaction(value, update)];
    case 'business_connection':
    case 'business_message':
    case 'edited_business_message':
    case 'deleted_business_messages':
      return [ignored(update, `Chats of a connected business account are not served: ${field}.`)];
    case undefined:
      return [ignored(update, 'An empty update.')];
    default:
      return [ignored(update, `A kind of update we have no use for: ${field}.`)];
  }
}

function readUpdate(body: Uint8Array): Record<string, unknown> {
  let raw: unknown;
  try {
    raw = parseJson(new TextDecoder().decode(body));
  } catch (cause) {
    throw new Unparsable('The body is not JSON.', { cause });
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Unparsable('The body is not an update.');
  const update = raw as Record<string, unknown>;
  if (!reads.updateId.Check(update.update_id)) throw new Unparsable('The update has no update_id.');
  return update;
}

function parseMessage(value: unknown, update: Update): InboundEvent[] {
  const known = reads.message.Check(value);
  if (!known && !reads.stub.Check(value))
    return [ignored(update, `A message we cannot read: ${faultOf(reads.stub, value)}.`)];
  const message = value as Message;
  if (known) {
    const moved = parseMigration(message, update);
    if (moved) return [moved];
  }
  const said = known ? readContent(message) : { content: unreadable(value) };
  if ('ignored' in said) return [ignored(update, said.ignored)];

  const { chat } = message;
  const from = senderOf(message);
  if (from.kind === 'user_id' && from.value === update.account) return [ignored(update, 'A message of the bot’s own.')];
  const profile = profileOf(message);
  const externalId = externalIdOf(chat, message.message_id);
  const replyTo = known ? repliedTo(message) : undefined;
  const event: InboundEventOf<'message'> = {
    ...common(update, messageKey(externalId), message.date),
    type: 'message',
    externalId,
    from,
    thread: threadOf(chat, message),
    content: said.content,
    attachments: [],
    profile,
    to: update.to,
    metadata: metadataOf(message),
  };
  if (known && message.media_group_id) event.groupKey = `${chat.id}:${message.media_group_id}`;
  if (replyTo) event.replyTo = replyTo;
  return [event, ...consequences(message, event, update)];
}

/** A text that is a command of the platform's also means something else: a deep link, a consent; a contact may be the sender's own number. */
function consequences(message: Message, event: InboundEventOf<'message'>, update: Update): InboundEvent[] {
  const { content, from } = event;
  const direct = message.chat.type === 'private';
  if (content.type === 'contact' && message.contact && message.contact.user_id !== undefined) {
    if (String(message.contact.user_id) !== from.value || from.kind !== 'user_id') return [];
    const phone = toPhone(message.contact.phone_number);
    event.profile = { ...event.profile, phone };
    return [{ ...common(update, `profile:${update.id}`, message.date), type: 'profile', from, detail: { phone } }];
  }
  if (content.type !== 'text') return [];
  const command = /^\/(start|stop)(?:@(\w+))?(?:\s+(\S+))?\s*$/.exec(content.text);
  if (!command) return [];
  const [, word, bot, code] = command;
  if (bot && update.to.startsWith('@') && `@${bot}`.toLowerCase() !== update.to.toLowerCase()) return [];
  const found: InboundEvent[] = [];
  if (direct) {
    found.push({
      ...common(update, `consent:${update.id}`, message.date),
      type: 'consent',
      from,
      state: word === 'stop' ? 'opted_out' : 'opted_in',
      word: `/${word}`,
    });
  }
  if (word === 'start' && code && /^[A-Za-z0-9_-]{1,64}$/.test(code)) {
    found.push({
      ...common(update, `referral:${update.id}`, message.date),
      type: 'referral',
      from,
      detail: { source: 'deep_link', code, externalId: event.externalId, thread: event.thread },
    });
  }
  return found;
}

/** A group that becomes a supergroup says so twice: the old chat names the new one, the new one the old. */
function parseMigration(message: Message, update: Update): InboundEvent | undefined {
  const { chat, migrate_to_chat_id: to, migrate_from_chat_id: from } = message;
  if (to === undefined && from === undefined) return undefined;
  return {
    ...common(update, `update:${update.id}`, message.date),
    type: 'migrated',
    detail: { from: String(from ?? chat.id), to: String(to ?? chat.id) },
  };
}

function parseEdit(value: unknown, update: Update): InboundEvent {
  const known = reads.message.Check(value);
  if (!known && !reads.stub.Check(value))
    return ignored(update, `An edit we cannot read: ${faultOf(reads.stub, value)}.`);
  const message = value as Message;
  const said = known ? readContent(message) : { content: unreadable(value) };
  if ('ignored' in said) return ignored(update, said.ignored);
  const externalId = externalIdOf(message.chat, message.message_id);
  return {
    ...common(update, `edit:${externalId}:${message.edit_date ?? 0}:${update.id}`, message.edit_date ?? message.date),
    type: 'edited',
    externalId,
    content: said.content,
  };
}

function parseTap(value: unknown, update: Update): InboundEvent {
  if (!reads.callbackQuery.Check(value))
    return ignored(update, `A tap we cannot read: ${faultOf(reads.callbackQuery, value)}.`);
  const query: CallbackQuery = value;
  if (query.data === undefined) return ignored(update, 'A tap on a button without data of ours (a game).');
  const { message } = query;
  const from = userAddress(query.from);
  const label = message?.reply_markup?.inline_keyboard?.flat().find((button) => button.callback_data === query.data);
  return {
    // A tap has no time of its own; the message's date is when the buttons were sent.
    ...common(update, `action:${query.id}`, undefined),
    type: 'action',
    externalId: query.id,
    from,
    thread: message ? threadOf(message.chat, message) : { key: from.value, kind: 'direct' },
    payload: query.data,
    ...(label?.text ? { text: label.text } : {}),
    ...(message ? { of: externalIdOf(message.chat, message.message_id) } : {}),
    profile: userProfile(query.from),
    to: update.to,
    acknowledge: { callback_query_id: query.id },
  };
}

function parseMembership(value: unknown, update: Update): InboundEvent {
  if (!reads.chatMember.Check(value))
    return ignored(update, `A membership we cannot read: ${faultOf(reads.chatMember, value)}.`);
  const before = value.old_chat_member.status;
  const after = value.new_chat_member.status;
  const told = `The bot’s own membership went from ${before} to ${after}.`;
  if (value.chat.type !== 'private') return ignored(update, told);
  const blocked = after === 'kicked' ? true : before === 'kicked' && after === 'member' ? false : undefined;
  if (blocked === undefined) return ignored(update, told);
  return {
    ...common(update, `update:${update.id}`, value.date),
    type: 'consent',
    from: userAddress(value.from),
    state: blocked ? 'blocked' : 'unblocked',
  };
}

function parseReaction(value: unknown, update: Update): InboundEvent {
  if (!reads.reaction.Check(value))
    return ignored(update, `A reaction we cannot read: ${faultOf(reads.reaction, value)}.`);
  const { chat, user, actor_chat, new_reaction } = value;
  // The newest comes last. Custom emoji have no letter that could be shown.
  const emoji = new_reaction.findLast((one) => one.emoji !== undefined)?.emoji ?? null;
  if (emoji === null && new_reaction.length > 0) return ignored(update, 'A reaction that is no standard emoji.');
  return {
    ...common(update, `reaction:${update.id}`, value.date),
    type: 'reaction',
    externalId: externalIdOf(chat, value.message_id),
    from: user ? userAddress(user) : chatAddress(actor_chat ?? chat),
    emoji,
    // In a forum Telegram does not say which topic the message is in.
    ...(chat.is_forum ? {} : { thread: threadOf(chat) }),
  };
}

// ---- words they share

function common(update: Update, key: string, seconds: number | undefined) {
  const said = new Date((seconds ?? 0) * 1000);
  const known = seconds !== undefined && seconds > 0 && !Number.isNaN(said.getTime());
  return { key, account: update.account, at: known ? said : update.receivedAt, raw: update.raw };
}

function ignored(update: Update, reason: string): InboundEvent {
  return { ...common(update, `update:${update.id}`, undefined), type: 'ignored', reason };
}

/** The envelope is good and the letter is not: kept as a message, so that nobody waits for an answer that cannot come. */
function unreadable(value: unknown): Content {
  return {
    type: 'unsupported',
    reason: `A message we cannot read: ${faultOf(reads.message, value)}.`,
    text: '[Message]',
  };
}

/** Where a value is not what its schema says, first fault only. */
function faultOf(
  schema: { Errors(value: unknown): { instancePath: string; message: string }[] },
  value: unknown,
): string {
  const fault = schema.Errors(value)[0];
  return fault ? `${fault.instancePath || '/'} ${fault.message}` : 'unknown';
}
