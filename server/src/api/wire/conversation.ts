import type { ContactId, MessageId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import type { ContactRecord } from '../../store/contacts.ts';
import { CONVERSATION_STATUSES, type ConversationRecord } from '../../store/conversations.ts';
import type { MessageRecord } from '../../store/messages.ts';
import { ChannelTypeName, given, Id, Json, Nullable, Tags, Time, time } from './common.ts';
import { Contact, presentContact } from './contact.ts';
import { Message, presentMessage } from './message.ts';

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

export const Conversation = Type.Object(
  {
    id: Id('conv_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
    tenantId: Type.String(),
    channelId: Type.String(),
    channelType: ChannelTypeName,
    kind: Type.Enum(['direct', 'group'] as const),
    title: Type.Optional(Type.String({ description: 'A group’s name.' })),
    contactId: Nullable(Type.String({ description: 'Null for a group.' })),
    contact: Type.Optional(Contact),
    status: Type.Enum(CONVERSATION_STATUSES),
    assignedTo: Nullable(Type.String()),
    assignedAt: Type.Optional(Time),
    inboxId: Nullable(Type.String()),
    lastMessage: Type.Optional(Message),
    lastMessageAt: Type.Optional(Time),
    unreadCount: Type.Integer(),
    messageCount: Type.Integer(),
    priority: Type.Enum(PRIORITIES),
    snoozedUntil: Type.Optional(Time),
    tags: Tags,
    metadata: Json,
    createdAt: Time,
    updatedAt: Time,
  },
  { title: 'Conversation' },
);

/** Who and what the conversations of a page mention. */
export interface Mentioned {
  contacts: ReadonlyMap<ContactId, ContactRecord>;
  messages: ReadonlyMap<MessageId, MessageRecord>;
}

export function presentConversation(
  conversation: ConversationRecord,
  { contacts, messages }: Mentioned,
): Static<typeof Conversation> {
  const contact = conversation.contactId && contacts.get(conversation.contactId);
  const lastMessage = conversation.lastMessageId && messages.get(conversation.lastMessageId);
  return {
    id: conversation.id,
    tenantId: conversation.workspaceId,
    channelId: conversation.channelId,
    channelType: conversation.channelType,
    kind: conversation.kind,
    title: given(conversation.title),
    contactId: conversation.contactId,
    contact: contact ? presentContact(contact) : undefined,
    status: conversation.status,
    assignedTo: conversation.assigneeId,
    assignedAt: time(conversation.assignedAt),
    inboxId: conversation.inboxId,
    lastMessage: lastMessage ? presentMessage(lastMessage) : undefined,
    lastMessageAt: time(conversation.lastMessageAt),
    unreadCount: conversation.unreadCount,
    messageCount: conversation.messageCount,
    priority: conversation.priority as (typeof PRIORITIES)[number],
    snoozedUntil: time(conversation.snoozedUntil),
    tags: conversation.tags,
    metadata: conversation.metadata,
    createdAt: conversation.createdAt.toISOString(),
    updatedAt: conversation.updatedAt.toISOString(),
  };
}
