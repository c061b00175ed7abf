import type { Address, Profile, Thread } from '../adapter.ts';
import type { Chat, Message, User } from './payloads.ts';

/** A message id is unique within its chat only. */
export function externalIdOf(chat: Chat, messageId: string | number): string {
  return `${chat.id}:${messageId}`;
}

/** A person. */
export const userAddress = (user: User): Address => ({ kind: 'user_id', value: String(user.id) });
/** A group or channel that speaks for itself. */
export const chatAddress = (chat: Chat): Address => ({ kind: 'chat', value: String(chat.id) });

/** Posts of channels and of anonymous administrators are said by a chat; the `from` beside it is a stand-in of Telegram's. */
export function senderOf(message: Message): Address {
  if (message.sender_chat) return chatAddress(message.sender_chat);
  return message.from ? userAddress(message.from) : chatAddress(message.chat);
}

/** What Telegram tells of a person with everything they write. */
export function userProfile(user: User): Profile {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ');
  return {
    ...(name ? { name } : {}),
    ...(user.username ? { username: user.username } : {}),
    ...(user.language_code ? { locale: user.language_code } : {}),
  };
}

/** Who said it, in words. */
export function profileOf(message: Message): Profile {
  if (message.from && !message.sender_chat) return userProfile(message.from);
  const { title, username } = message.sender_chat ?? message.chat;
  return { ...(title ? { name: title } : {}), ...(username ? { username } : {}) };
}

/** A forum's topic is a thread of its own: `chat:topic`. Without `is_topic_message`, `message_thread_id` is only a chain of replies. */
export function threadOf(chat: Chat, message?: Pick<Message, 'message_thread_id' | 'is_topic_message'>): Thread {
  const topic = message?.is_topic_message ? message.message_thread_id : undefined;
  return {
    key: topic === undefined ? String(chat.id) : `${chat.id}:${topic}`,
    kind: chat.type === 'private' ? 'direct' : 'group',
    ...(chat.title ? { title: chat.title } : {}),
  };
}

/** In a topic everything that answers nothing "answers" the service message which made the topic. */
export function repliedTo(message: Message): string | undefined {
  const original = message.reply_to_message;
  if (!original || 'forum_topic_created' in original) return undefined;
  if (message.is_topic_message && original.message_id === message.message_thread_id) return undefined;
  return externalIdOf(message.chat, original.message_id);
}

/** The keys that Linktor’s programs read, and whether it was forwarded. */
export function metadataOf(message: Message): Record<string, unknown> {
  const { from, chat } = message;
  return {
    telegramMessageId: message.message_id,
    chatType: chat.type,
    ...(from?.first_name ? { firstName: from.first_name } : {}),
    ...(from?.last_name ? { lastName: from.last_name } : {}),
    ...(from?.username ? { username: from.username } : {}),
    ...(message.forward_origin ? { forwarded: true } : {}),
  };
}
