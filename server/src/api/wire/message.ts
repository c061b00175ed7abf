import { Content, ID_PREFIX, linktorContentType, toLinktor, wireStatus } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import type { MessageRecord } from '../../store/messages.ts';
import { ChannelTypeName, given, Id, Json, Nullable, Time, time } from './common.ts';
import { reasonOf } from './reason.ts';

export const WIRE_STATUSES = ['pending', 'sent', 'delivered', 'read', 'failed'] as const;
const Status = Type.Enum(WIRE_STATUSES);

const fields = {
  id: Id('msg_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
  conversationId: Type.String(),
  channelId: Type.String(),
  channelType: ChannelTypeName,
  direction: Type.Enum(['inbound', 'outbound'] as const),
  from: Nullable(Type.String()),
  to: Nullable(Type.String()),
  content: Type.Intersect([Content, Json]),
  contentType: Type.Enum(['text', 'image', 'video', 'audio', 'document', 'location', 'contact', 'sticker'] as const, {
    description: 'In the SDK’s eight words; `content.type` has all of ours.',
  }),
  status: Type.Enum(WIRE_STATUSES, {
    description: 'A later status never returns to an earlier one. What a customer wrote is `delivered`.',
  }),
  senderType: Type.Enum(['contact', 'agent', 'bot', 'system'] as const),
  senderId: Type.Optional(Type.String()),
  externalId: Type.Optional(Type.String({ description: 'The provider’s own id.' })),
  replyTo: Type.Optional(
    Type.String({ description: 'Our id of the message it answers; the provider’s where we never saw it.' }),
  ),
  groupKey: Type.Optional(Type.String({ description: 'Messages of one album share it.' })),
  sentAt: Type.Optional(Time),
  deliveredAt: Type.Optional(Time),
  readAt: Type.Optional(Time),
  failedReason: Type.Optional(Type.String()),
  editedAt: Type.Optional(Time),
  erasedAt: Type.Optional(Time),
  metadata: Json,
  timestamp: Type.String({ format: 'date-time', description: 'When it was said, as the provider tells it.' }),
  createdAt: Time,
  updatedAt: Time,
};
export const Message = Type.Object(fields, { title: 'Message' });
export const MessageDetail = Type.Object(
  { ...fields, statusHistory: Type.Array(Type.Object({ status: Status, timestamp: Time })) },
  { title: 'MessageDetail' },
);

export function presentMessage(message: MessageRecord): Static<typeof Message> {
  const { delivery } = message;
  const changes = [
    message.createdAt,
    message.editedAt,
    message.erasedAt,
    delivery?.sentAt,
    delivery?.deliveredAt,
    delivery?.readAt,
    delivery?.failedAt,
  ];
  return {
    id: message.id,
    conversationId: message.conversationId,
    channelId: message.channelId,
    channelType: message.channelType,
    direction: message.direction,
    from: message.sender,
    to: message.recipient,
    // The union, with the SDK's own members beside it.
    content: toLinktor(message.content) as Static<typeof Message>['content'],
    contentType: linktorContentType(message.content),
    status: statusOf(message),
    senderType: message.author === 'api' ? 'agent' : message.author,
    senderId: senderOf(message),
    externalId: given(message.externalId),
    replyTo: given(message.replyTo),
    groupKey: given(message.groupKey),
    sentAt: time(delivery?.sentAt),
    deliveredAt: time(delivery?.deliveredAt),
    readAt: time(delivery?.readAt),
    failedReason: delivery?.state === 'failed' ? reasonOf(delivery.error) : undefined,
    editedAt: time(message.editedAt),
    erasedAt: time(message.erasedAt),
    metadata: delivery
      ? { ...message.metadata, delivery: { id: delivery.id, state: delivery.state, attempts: delivery.attempts } }
      : message.metadata,
    timestamp: message.saidAt.toISOString(),
    createdAt: message.createdAt.toISOString(),
    updatedAt: new Date(Math.max(...changes.map((at) => at?.getTime() ?? 0))).toISOString(),
  };
}

export function presentMessageDetail(message: MessageRecord): Static<typeof MessageDetail> {
  return { ...presentMessage(message), statusHistory: historyOf(message) };
}

function statusOf({ delivery, direction }: MessageRecord): Static<typeof Status> {
  if (delivery) return wireStatus(delivery.state);
  // What the business wrote in the provider's own app left without us.
  return direction === 'inbound' ? 'delivered' : 'sent';
}

function senderOf({ author, authorId, contactId }: MessageRecord): string | undefined {
  if (author === 'contact') return given(contactId);
  if (!authorId) return undefined;
  return `${author === 'bot' ? ID_PREFIX.bot : ID_PREFIX.member}_${authorId.replaceAll('-', '')}`;
}

function historyOf(message: MessageRecord): { status: Static<typeof Status>; timestamp: string }[] {
  const { delivery } = message;
  if (!delivery) return [{ status: statusOf(message), timestamp: message.createdAt.toISOString() }];
  const steps: [Static<typeof Status>, Date | null][] = [
    ['pending', delivery.createdAt],
    ['sent', delivery.sentAt],
    ['failed', delivery.failedAt],
    ['delivered', delivery.deliveredAt],
    ['read', delivery.readAt],
  ];
  return steps.flatMap(([status, at]) => (at ? [{ status, timestamp: at.toISOString() }] : []));
}
