import type { Address } from '@tributary/channels';
import type {
  ChannelId,
  ChannelType,
  ContactId,
  Content,
  ConversationId,
  InboxId,
  MemberId,
  MessageId,
  WorkspaceId,
} from '@tributary/protocol';
import { toId, uuidOf } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';
import { Filters, type Page, type PageAsk, type Sort, selectPage } from './page.ts';

export const CONVERSATION_STATUSES = ['open', 'pending', 'resolved', 'snoozed'] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

export interface ConversationRecord {
  workspaceId: WorkspaceId;
  id: ConversationId;
  channelId: ChannelId;
  channelType: ChannelType;
  kind: 'direct' | 'group';
  title: string | null;
  contactId: ContactId | null;
  /** A snooze that has run out reads as open. */
  status: ConversationStatus;
  assigneeId: MemberId | null;
  assignedAt: Date | null;
  inboxId: InboxId | null;
  tags: string[];
  priority: string;
  snoozedUntil: Date | null;
  metadata: Record<string, unknown>;
  unreadCount: number;
  messageCount: number;
  lastMessageId: MessageId | null;
  lastMessageAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}
interface Row {
  workspace_id: string;
  id: string;
  channel_id: string;
  channel_type: ChannelType;
  kind: 'direct' | 'group';
  title: string | null;
  contact_id: string | null;
  status: ConversationStatus;
  assignee_id: string | null;
  assigned_at: Date | null;
  inbox_id: string | null;
  tags: string[];
  priority: string;
  snoozed_until: Date | null;
  metadata: Record<string, unknown>;
  unread_count: number;
  message_count: number;
  last_message_id: string | null;
  last_message_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const STATUS = `case when v.status = 'snoozed' and v.snoozed_until <= now() then 'open' else v.status end`;
const FROM = 'conversations v join channels ch on ch.workspace_id = v.workspace_id and ch.id = v.channel_id';
const COLUMNS = `v.workspace_id, v.id, v.channel_id, ch.type as channel_type, v.kind, v.title, v.contact_id, ${STATUS} as status, v.assignee_id,
  v.assigned_at, v.inbox_id, v.tags, v.priority, v.snoozed_until, v.metadata, v.unread_count, v.message_count, v.last_message_id,
  v.last_message_at, v.created_at, v.updated_at`;

const readRow = (row: Row): ConversationRecord => ({
  workspaceId: toId('workspace', row.workspace_id),
  id: toId('conversation', row.id),
  channelId: toId('channel', row.channel_id),
  channelType: row.channel_type,
  kind: row.kind,
  title: row.title,
  contactId: row.contact_id ? toId('contact', row.contact_id) : null,
  status: row.status,
  assigneeId: row.assignee_id ? toId('member', row.assignee_id) : null,
  assignedAt: row.assigned_at,
  inboxId: row.inbox_id ? toId('inbox', row.inbox_id) : null,
  tags: row.tags,
  priority: row.priority,
  snoozedUntil: row.status === 'snoozed' ? row.snoozed_until : null,
  metadata: row.metadata,
  unreadCount: row.unread_count,
  messageCount: row.message_count,
  lastMessageId: row.last_message_id ? toId('message', row.last_message_id) : null,
  lastMessageAt: row.last_message_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export interface ConversationFilter {
  status?: ConversationStatus[];
  channelId?: ChannelId;
  channelType?: string[];
  contactId?: ContactId;
  assigneeId?: MemberId;
  tags?: string[];
  search?: string;
  from?: Date;
  to?: Date;
}
export const CONVERSATION_SORTS = {
  lastMessageAt: { by: `coalesce(v.last_message_at, v.created_at)`, type: 'timestamptz' },
  createdAt: { by: 'v.created_at', type: 'timestamptz' },
  updatedAt: { by: 'v.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, Omit<Sort, 'descending'>>;

export function listConversations(
  tx: Tx,
  workspaceId: WorkspaceId,
  filter: ConversationFilter,
  sort: Sort,
  ask: PageAsk,
): Promise<Page<ConversationRecord>> {
  const filters = new Filters()
    .add('v.workspace_id = ?', uuidOf(workspaceId))
    .maybe(`${STATUS} = any(?)`, filter.status)
    .maybe('v.channel_id = ?', filter.channelId && uuidOf(filter.channelId))
    .maybe('ch.type = any(?)', filter.channelType)
    .maybe('v.contact_id = ?', filter.contactId && uuidOf(filter.contactId))
    .maybe('v.assignee_id = ?', filter.assigneeId && uuidOf(filter.assigneeId))
    .maybe('v.tags @> ?', filter.tags)
    .maybe('v.created_at >= ?', filter.from)
    .maybe('v.created_at <= ?', filter.to)
    .maybe(
      `strpos(lower(concat_ws(' ', v.title, (select concat_ws(' ', c.name, c.email, c.phone) from contacts c
         where c.workspace_id = v.workspace_id and c.id = v.contact_id))), lower(?)) > 0`,
      filter.search,
    );
  return selectPage<Row, ConversationRecord>(
    tx,
    { columns: COLUMNS, from: FROM, filters, sort, id: 'v.id', ask },
    readRow,
  );
}

/** `lock` keeps the row as it is until the transaction ends. */
export async function readConversation(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: ConversationId,
  lock = false,
): Promise<ConversationRecord | undefined> {
  const found = await tx.query<Row>(
    `select ${COLUMNS} from ${FROM} where v.workspace_id = $1 and v.id = $2 ${lock ? 'for update of v' : ''}`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows[0] && readRow(found.rows[0]);
}

export async function countConversations(
  tx: Tx,
  workspaceId: WorkspaceId,
): Promise<Record<ConversationStatus, number>> {
  const found = await tx.query<{ status: ConversationStatus; n: number }>(
    `select ${STATUS} as status, count(*)::int as n from conversations v where v.workspace_id = $1 group by 1`,
    [uuidOf(workspaceId)],
  );
  const counts = { open: 0, pending: 0, resolved: 0, snoozed: 0 };
  for (const row of found.rows) counts[row.status] = row.n;
  return counts;
}

/** Writes back what the API may change of a conversation that was read with `lock`. */
export async function updateConversation(
  tx: Tx,
  conversation: Pick<
    ConversationRecord,
    'workspaceId' | 'id' | 'status' | 'assigneeId' | 'assignedAt' | 'tags' | 'priority' | 'snoozedUntil' | 'metadata'
  >,
): Promise<void> {
  await tx.query(
    `update conversations set status = $3, assignee_id = $4, assigned_at = $5, tags = $6, priority = $7, snoozed_until = $8,
       metadata = $9, updated_at = now()
     where workspace_id = $1 and id = $2`,
    [
      uuidOf(conversation.workspaceId),
      uuidOf(conversation.id),
      conversation.status,
      conversation.assigneeId && uuidOf(conversation.assigneeId),
      conversation.assignedAt,
      conversation.tags,
      conversation.priority,
      conversation.snoozedUntil,
      cleanJson(conversation.metadata),
    ],
  );
}

/** Marks everything read, or everything up to the newest of `messageIds`. */
export async function markRead(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: ConversationId,
  messageIds?: readonly MessageId[],
): Promise<void> {
  const newest = messageIds?.map(uuidOf).sort().at(-1) ?? null;
  await tx.query(
    `update conversations v set unread_count = case when $3::uuid is null then 0 else least(v.unread_count,
       (select count(*)::int from messages m where m.workspace_id = v.workspace_id and m.conversation_id = v.id
          and m.direction = 'inbound' and m.id > $3::uuid)) end
     where v.workspace_id = $1 and v.id = $2`,
    [uuidOf(workspaceId), uuidOf(id), newest],
  );
}

/** A message of the person's, and where it came from. */
export interface ReadMessage {
  channelId: ChannelId;
  externalId: string;
  at: Date;
  content: Content;
  metadata: Record<string, unknown>;
  from: Address;
  kind: 'direct' | 'group';
  thread: string;
}

/** The newest message of the person's in a conversation, or the newest up to some messages, as its provider knows it; taps are none. */
export async function newestRead(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: ConversationId,
  upTo?: readonly MessageId[],
): Promise<ReadMessage | undefined> {
  const newest = upTo?.map(uuidOf).sort().at(-1) ?? null;
  const found = await tx.query<Omit<ReadMessage, 'channelId'> & { ch: string }>(
    `select m.channel_id as ch, m.external_id as "externalId", m.said_at as at, m.content, m.metadata,
       json_build_object('kind', i.kind, 'value', i.value) as "from", c.kind, c.thread_key as thread
     from messages m
     join identities i on i.workspace_id = m.workspace_id and i.id = m.identity_id
     join conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
     where m.workspace_id = $1 and m.conversation_id = $2 and m.direction = 'inbound' and m.external_id is not null
       and m.content_type <> 'event' and ($3::uuid is null or m.id <= $3::uuid)
     order by m.id desc limit 1`,
    [uuidOf(workspaceId), uuidOf(id), newest],
  );
  const [row] = found.rows;
  if (!row) return undefined;
  const { ch, ...message } = row;
  return { ...message, channelId: toId('channel', ch) };
}

export async function memberExists(tx: Tx, workspaceId: WorkspaceId, id: MemberId): Promise<boolean> {
  const found = await tx.query('select 1 from members where workspace_id = $1 and id = $2', [
    uuidOf(workspaceId),
    uuidOf(id),
  ]);
  return found.rows.length > 0;
}

/** Resolves every open conversation of a channel; answers their ids. */
export async function resolveConversationsOf(
  tx: Tx,
  workspaceId: WorkspaceId,
  channelId: ChannelId,
): Promise<ConversationId[]> {
  const done = await tx.query<{ id: string }>(
    `update conversations set status = 'resolved', snoozed_until = null, updated_at = now()
     where workspace_id = $1 and channel_id = $2 and status <> 'resolved' returning id`,
    [uuidOf(workspaceId), uuidOf(channelId)],
  );
  return done.rows.map((row) => toId('conversation', row.id));
}
