import type {
  ChannelId,
  ContactId,
  Content,
  ConversationId,
  DeliveryId,
  MessageId,
  WorkspaceId,
} from '@tributary/protocol';
import type { Tx } from '../store/db.ts';
import type { FailoverStep } from '../store/failovers.ts';
import type { SendOptions } from '../store/send_options.ts';

/** What somebody asks us to say: into a conversation, or on a channel to an address or a contact. */
export interface SendInput {
  workspaceId: WorkspaceId;
  conversationId?: ConversationId;
  channelId?: ChannelId;
  /** An address as the caller wrote it: a phone number, a chat id. Goes with `channelId`. */
  to?: string;
  contactId?: ContactId;
  content: Content;
  author: 'agent' | 'bot' | 'system' | 'api';
  authorId?: string;
  /** Our id of the message it answers. */
  replyTo?: string;
  metadata?: Record<string, unknown>;
  /** strict refuses what the channel cannot say as written; adapt says it as well as it can. */
  fit?: 'adapt' | 'strict';
  /** What to do when an attempt's outcome stays unknown; the channel's own habit when absent. */
  onUnknown?: 'resend' | 'hold';
  options?: SendOptions;
  /** Where it is said next if it does not come far enough here. */
  failover?: readonly FailoverStep[];
}

export interface SendResult {
  messageId: MessageId;
  conversationId: ConversationId;
  deliveryId: DeliveryId;
}

/** Writes a message and its delivery in the caller's transaction; the worker does the rest after the commit. Throws ApiError. */
export type AcceptSend = (tx: Tx, input: SendInput) => Promise<SendResult>;
