import { createHash } from 'node:crypto';
import { messageKey } from '@tributary/channels';
import type {
  ChannelId,
  ChannelType,
  ContactId,
  Content,
  ConversationId,
  DeliveryId,
  DeliveryState,
  MessageId,
  WireStatus,
  WorkspaceId,
} from '@tributary/protocol';
import { DELIVERY_STATES, RANK, toId, uuidOf, wireStatus } from '@tributary/protocol';
import type { Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';

/** How far an outbound message came. */
export interface DeliveryRecord {
  id: DeliveryId;
  state: DeliveryState;
  attempts: number;
  error: { code?: string; providerCode?: string; providerMessage?: string; message?: string } | null;
  losses: unknown;
  createdAt: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
  failedAt: Date | null;
}
export interface MessageRecord {
  workspaceId: WorkspaceId;
  id: MessageId;
  conversationId: ConversationId;
  channelId: ChannelId;
  channelType: ChannelType;
  direction: 'inbound' | 'outbound';
  author: 'contact' | 'agent' | 'bot' | 'system' | 'api';
  /** A uuid without its kind: a bot’s or a member’s. */
  authorId: string | null;
  contactId: ContactId | null;
  contentType: Content['type'];
  content: Content;
  sender: string | null;
  recipient: string | null;
  externalId: string | null;
  replyTo: string | null;
  groupKey: string | null;
  metadata: Record<string, unknown>;
  delivery: DeliveryRecord | null;
  saidAt: Date;
  createdAt: Date;
  editedAt: Date | null;
  erasedAt: Date | null;
}
interface Row {
  workspace_id: string;
  id: string;
  conversation_id: string;
  channel_id: string;
  channel_type: ChannelType;
  direction: 'inbound' | 'outbound';
  author: MessageRecord['author'];
  author_id: string | null;
  contact_id: string | null;
  content_type: Content['type'];
  content: Content;
  sender: string | null;
  recipient: string | null;
  external_id: string | null;
  reply_to: string | null;
  group_key: string | null;
  metadata: Record<string, unknown>;
  said_at: Date;
  created_at: Date;
  edited_at: Date | null;
  erased_at: Date | null;
  delivery_id: string | null;
  state: number;
  attempts: number;
  error: DeliveryRecord['error'];
  losses: unknown;
  queued_at: Date;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  failed_at: Date | null;
}

const FROM = `messages m
  join channels ch on ch.workspace_id = m.workspace_id and ch.id = m.channel_id
  left join identities i on i.workspace_id = m.workspace_id and i.id = m.identity_id
  left join lateral (
    select d.* from deliveries d where d.workspace_id = m.workspace_id and d.message_id = m.id order by d.seq desc limit 1
  ) d on m.direction = 'outbound'`;
const COLUMNS = `m.workspace_id, m.id, m.conversation_id, m.channel_id, ch.type as channel_type, m.direction, m.author, m.author_id, i.contact_id,
  m.content_type, m.content, m.sender, m.recipient, m.reply_to, m.group_key, m.metadata, m.said_at, m.created_at, m.edited_at, m.erased_at,
  coalesce(m.external_id, (select p.external_id from delivery_parts p where p.workspace_id = d.workspace_id and p.delivery_id = d.id
    and p.external_id is not null order by p.no limit 1)) as external_id,
  d.id as delivery_id, d.state, d.attempts, d.error, d.losses, d.created_at as queued_at, d.sent_at, d.delivered_at, d.read_at, d.failed_at`;

const readRow = (row: Row): MessageRecord => ({
  workspaceId: toId('workspace', row.workspace_id),
  id: toId('message', row.id),
  conversationId: toId('conversation', row.conversation_id),
  channelId: toId('channel', row.channel_id),
  channelType: row.channel_type,
  direction: row.direction,
  author: row.author,
  authorId: row.author_id,
  contactId: row.contact_id ? toId('contact', row.contact_id) : null,
  contentType: row.content_type,
  content: row.content,
  sender: row.sender,
  recipient: row.recipient,
  externalId: row.external_id,
  replyTo: row.reply_to,
  groupKey: row.group_key,
  metadata: row.metadata,
  delivery: row.delivery_id
    ? {
        id: toId('delivery', row.delivery_id),
        state: DELIVERY_STATES[row.state]!,
        attempts: row.attempts,
        error: row.error,
        losses: row.losses,
        createdAt: row.queued_at,
        sentAt: row.sent_at,
        deliveredAt: row.delivered_at,
        readAt: row.read_at,
        failedAt: row.failed_at,
      }
    : null,
  saidAt: row.said_at,
  createdAt: row.created_at,
  editedAt: row.edited_at,
  erasedAt: row.erased_at,
});

export interface MessageFilter {
  conversationId?: ConversationId;
  /** The direct conversations of a contact, over all channels: the timeline. */
  timelineOf?: ContactId;
  channelId?: ChannelId;
  externalId?: string;
  direction?: 'inbound' | 'outbound';
  status?: WireStatus;
  contentTypes?: readonly string[];
  search?: string;
  from?: Date;
  to?: Date;
  /** Only messages accepted before or after this one. */
  before?: MessageId;
  after?: MessageId;
}

/** Newest first, in the order in which they were accepted. */
export async function listMessages(
  tx: Tx,
  workspaceId: WorkspaceId,
  filter: MessageFilter,
  ask: PageAsk,
): Promise<Page<MessageRecord>> {
  const filters = new Filters()
    .add('m.workspace_id = ?', uuidOf(workspaceId))
    .maybe('m.conversation_id = ?', filter.conversationId && uuidOf(filter.conversationId))
    .maybe(
      `m.conversation_id in (select v.id from conversations v where v.workspace_id = m.workspace_id and v.contact_id = ? and v.kind = 'direct')`,
      filter.timelineOf && uuidOf(filter.timelineOf),
    )
    .maybe('m.channel_id = ?', filter.channelId && uuidOf(filter.channelId))
    .maybe('m.direction = ?', filter.direction)
    .maybe('m.content_type = any(?)', filter.contentTypes)
    .maybe('m.said_at >= ?', filter.from)
    .maybe('m.said_at <= ?', filter.to)
    .maybe('m.id < ?', filter.before && uuidOf(filter.before))
    .maybe('m.id > ?', filter.after && uuidOf(filter.after))
    .maybe(`strpos(lower(m.content->>'text'), lower(?)) > 0`, filter.search);
  if (filter.externalId !== undefined) {
    filters.add('m.id = any(?)', await findByExternalId(tx, workspaceId, filter.externalId, filter.channelId));
  }
  if (filter.status) {
    const states = DELIVERY_STATES.filter((state) => wireStatus(state) === filter.status).map((state) => RANK[state]);
    // What a customer wrote has arrived: it is delivered, and nothing else.
    if (filter.status === 'delivered') filters.add(`(m.direction = 'inbound' or d.state = any(?))`, states);
    else filters.add('d.state = any(?)', states);
  }
  return selectPage<Row, MessageRecord>(
    tx,
    {
      columns: COLUMNS,
      from: FROM,
      filters,
      sort: { by: 'm.id', type: 'uuid', descending: true },
      id: 'm.id',
      ask,
    },
    readRow,
  );
}

export async function readMessages(
  tx: Tx,
  workspaceId: WorkspaceId,
  ids: readonly MessageId[],
): Promise<Map<MessageId, MessageRecord>> {
  if (ids.length === 0) return new Map();
  const found = await tx.query<Row>(`select ${COLUMNS} from ${FROM} where m.workspace_id = $1 and m.id = any($2)`, [
    uuidOf(workspaceId),
    ids.map(uuidOf),
  ]);
  return new Map(found.rows.map((row) => [toId('message', row.id), readRow(row)]));
}

export async function readMessage(tx: Tx, workspaceId: WorkspaceId, id: MessageId): Promise<MessageRecord | undefined> {
  const found = await tx.query<Row>({
    name: 'message-one',
    text: `select ${COLUMNS} from ${FROM} where m.workspace_id = $1 and m.id = $2`,
    values: [uuidOf(workspaceId), uuidOf(id)],
  });
  return found.rows[0] && readRow(found.rows[0]);
}

/**
 * Messages the provider calls by this id: inbound ones are remembered by their dedupe key, outbound ones by the parts they were sent in.
 * An index on messages would cost every inbound message; these two are there already.
 */
async function findByExternalId(
  tx: Tx,
  workspaceId: WorkspaceId,
  externalId: string,
  channelId?: ChannelId,
): Promise<string[]> {
  // A tap is a message too, under a key of its own.
  const keys = [messageKey(externalId), `action:${externalId}`].map((key) =>
    createHash('sha256').update(key).digest('hex').slice(0, 32),
  );
  const found = await tx.query<{ id: string }>(
    `with here as (select id from channels where workspace_id = $1 and ($2::uuid is null or id = $2))
     select s.subject_id as id from seen s where s.workspace_id = $1 and s.channel_id in (select id from here) and s.key = any($3::uuid[])
     union
     select d.message_id from delivery_parts p join deliveries d on d.workspace_id = p.workspace_id and d.id = p.delivery_id
     where p.workspace_id = $1 and p.channel_id in (select id from here) and p.external_id = $4`,
    [uuidOf(workspaceId), channelId ? uuidOf(channelId) : null, keys, externalId],
  );
  return found.rows.map((row) => row.id);
}
