import type { BotId, ChannelId, ChannelType, InboxId, WorkspaceId } from '@tributary/protocol';
import { toId, uuidOf } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';
import type { Seal } from './seal.ts';

export type ChannelStatus = 'connecting' | 'active' | 'inactive' | 'error';

/** A channel as the API reads it, credentials opened. */
export interface ChannelRecord {
  workspaceId: WorkspaceId;
  id: ChannelId;
  type: ChannelType;
  name: string;
  account: string;
  config: Record<string, unknown>;
  status: ChannelStatus;
  error: string | null;
  metadata: Record<string, unknown>;
  defaultBotId: BotId | null;
  defaultBotName: string | null;
  defaultInboxId: InboxId | null;
  lastInboundAt: Date | null;
  lastOutboundAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}
interface Row {
  workspace_id: string;
  id: string;
  type: ChannelType;
  name: string;
  account: string;
  config: Buffer;
  status: ChannelStatus;
  error: string | null;
  metadata: Record<string, unknown>;
  default_bot_id: string | null;
  default_bot_name: string | null;
  default_inbox_id: string | null;
  last_inbound_at: Date | null;
  last_outbound_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = `c.workspace_id, c.id, c.type, c.name, c.account, c.config, c.status, c.error, c.metadata, c.default_bot_id,
  (select b.name from bots b where b.workspace_id = c.workspace_id and b.id = c.default_bot_id) as default_bot_name,
  c.default_inbox_id, c.last_inbound_at, c.last_outbound_at, c.created_at, c.updated_at`;

const reader =
  (seal: Seal) =>
  (row: Row): ChannelRecord => ({
    workspaceId: toId('workspace', row.workspace_id),
    id: toId('channel', row.id),
    type: row.type,
    name: row.name,
    account: row.account,
    config: JSON.parse(seal.open(row.config).toString()),
    status: row.status,
    error: row.error,
    metadata: row.metadata,
    defaultBotId: row.default_bot_id ? toId('bot', row.default_bot_id) : null,
    defaultBotName: row.default_bot_name,
    defaultInboxId: row.default_inbox_id ? toId('inbox', row.default_inbox_id) : null,
    lastInboundAt: row.last_inbound_at,
    lastOutboundAt: row.last_outbound_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  });

export interface ChannelFilter {
  type?: string[];
  status?: string[];
  search?: string;
}

export function listChannels(
  tx: Tx,
  seal: Seal,
  workspaceId: WorkspaceId,
  filter: ChannelFilter,
  ask: PageAsk,
): Promise<Page<ChannelRecord>> {
  const filters = new Filters()
    .add('c.workspace_id = ?', uuidOf(workspaceId))
    .always('c.deleted_at is null')
    .maybe('c.type = any(?)', filter.type)
    .maybe('c.status = any(?)', filter.status)
    .maybe(`strpos(lower(c.name || ' ' || c.account), lower(?)) > 0`, filter.search);
  return selectPage<Row, ChannelRecord>(
    tx,
    { columns: COLUMNS, from: 'channels c', filters, sort: BY_AGE, id: 'c.id', ask },
    reader(seal),
  );
}
const BY_AGE = { by: 'c.id', type: 'uuid', descending: true } as const;

/** `lock` keeps the row as it is until the transaction ends. */
export async function readChannel(
  tx: Tx,
  seal: Seal,
  workspaceId: WorkspaceId,
  id: ChannelId,
  lock = false,
): Promise<ChannelRecord | undefined> {
  const found = await tx.query<Row>(
    `select ${COLUMNS} from channels c where c.workspace_id = $1 and c.id = $2 and c.deleted_at is null
     ${lock ? 'for update of c' : ''}`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows[0] && reader(seal)(found.rows[0]);
}

/** Is the account connected in this workspace by another channel? Held until the transaction ends, so that two creators cannot both hear no. */
export async function accountTaken(
  tx: Tx,
  workspaceId: WorkspaceId,
  type: ChannelType,
  account: string,
  except?: ChannelId,
): Promise<boolean> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${workspaceId}/${type}/${account}`]);
  const found = await tx.query(
    `select 1 from channels where workspace_id = $1 and type = $2 and account = $3 and deleted_at is null and id is distinct from $4 limit 1`,
    [uuidOf(workspaceId), type, account, except ? uuidOf(except) : null],
  );
  return found.rows.length > 0;
}

export async function insertChannel(
  tx: Tx,
  seal: Seal,
  channel: {
    workspaceId: WorkspaceId;
    id: ChannelId;
    type: ChannelType;
    name: string;
    account: string;
    config: Record<string, unknown>;
    metadata: Record<string, unknown>;
    defaultBotId: BotId | null;
    defaultInboxId: InboxId | null;
  },
): Promise<void> {
  await tx.query(
    `insert into channels (workspace_id, id, type, name, account, config, metadata, default_bot_id, default_inbox_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      uuidOf(channel.workspaceId),
      uuidOf(channel.id),
      channel.type,
      channel.name,
      channel.account,
      seal.seal(JSON.stringify(channel.config)),
      cleanJson(channel.metadata),
      channel.defaultBotId && uuidOf(channel.defaultBotId),
      channel.defaultInboxId && uuidOf(channel.defaultInboxId),
    ],
  );
}

/** Writes back a channel that was read with `lock`. */
export async function updateChannel(
  tx: Tx,
  seal: Seal,
  channel: Pick<
    ChannelRecord,
    | 'workspaceId'
    | 'id'
    | 'name'
    | 'account'
    | 'config'
    | 'status'
    | 'error'
    | 'metadata'
    | 'defaultBotId'
    | 'defaultInboxId'
  >,
): Promise<void> {
  await tx.query(
    `update channels set name = $3, account = $4, config = $5, status = $6, error = $7, metadata = $8, default_bot_id = $9,
       default_inbox_id = $10, updated_at = clock_timestamp()
     where workspace_id = $1 and id = $2`,
    [
      uuidOf(channel.workspaceId),
      uuidOf(channel.id),
      channel.name,
      channel.account,
      seal.seal(JSON.stringify(channel.config)),
      channel.status,
      channel.error,
      cleanJson(channel.metadata),
      channel.defaultBotId && uuidOf(channel.defaultBotId),
      channel.defaultInboxId && uuidOf(channel.defaultInboxId),
    ],
  );
}

/** The row stays for what was said on it; its credentials do not. */
export async function deleteChannel(tx: Tx, seal: Seal, workspaceId: WorkspaceId, id: ChannelId): Promise<void> {
  await tx.query(
    `update channels set deleted_at = now(), status = 'inactive', config = $3, updated_at = clock_timestamp()
     where workspace_id = $1 and id = $2`,
    [uuidOf(workspaceId), uuidOf(id), seal.seal('{}')],
  );
}

export async function countOpenConversations(tx: Tx, workspaceId: WorkspaceId, id: ChannelId): Promise<number> {
  const found = await tx.query<{ n: number }>(
    `select count(*)::int as n from conversations where workspace_id = $1 and channel_id = $2 and status <> 'resolved'`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows[0]!.n;
}

/** Channels left half connected, in every workspace: the process that was connecting them is gone. */
export async function channelsConnecting(tx: Tx): Promise<{ workspaceId: WorkspaceId; id: ChannelId }[]> {
  const found = await tx.query<{ workspace_id: string; id: string }>(
    `select workspace_id, id from channels where status = 'connecting' and deleted_at is null`,
  );
  return found.rows.map((row) => ({ workspaceId: toId('workspace', row.workspace_id), id: toId('channel', row.id) }));
}

/** What the door turned away from a channel, by day and reason. */
export interface Drop {
  reason: string;
  day: string;
  count: number;
  lastAt: Date;
}
export async function listDrops(tx: Tx, workspaceId: WorkspaceId, id: ChannelId): Promise<Drop[]> {
  const found = await tx.query<{ reason: string; day: string; count: number; last_at: Date }>(
    `select reason, day::text, count, last_at from drops where workspace_id = $1 and channel_id = $2
     order by day desc, reason limit 1000`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows.map((row) => ({ reason: row.reason, day: row.day, count: row.count, lastAt: row.last_at }));
}

export interface ChannelStats {
  messagesReceived: number;
  messagesSent: number;
  conversationsCreated: number;
  /** Seconds from what a customer wrote to our next message in the same conversation. */
  avgResponseTime: number | null;
}

/** Counts since `since`. Messages are found by their ids, which begin with their time. */
export async function channelStats(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: ChannelId,
  since: Date,
): Promise<ChannelStats> {
  const floor = `${since.getTime().toString(16).padStart(12, '0')}70008000000000000000`;
  const found = await tx.query<{ received: number; sent: number; created: number; seconds: number | null }>(
    `with said as (
       select direction, created_at, lag(direction) over w as before, lag(created_at) over w as before_at
       from messages where workspace_id = $1 and channel_id = $2 and id >= $3::uuid
       window w as (partition by conversation_id order by id)
     )
     select count(*) filter (where direction = 'inbound')::int as received,
       count(*) filter (where direction = 'outbound')::int as sent,
       avg(extract(epoch from created_at - before_at)) filter (where direction = 'outbound' and before = 'inbound')::float8 as seconds,
       (select count(*)::int from conversations where workspace_id = $1 and channel_id = $2 and created_at >= $4) as created
     from said`,
    [uuidOf(workspaceId), uuidOf(id), floor, since],
  );
  const row = found.rows[0]!;
  return {
    messagesReceived: row.received,
    messagesSent: row.sent,
    conversationsCreated: row.created,
    avgResponseTime: row.seconds,
  };
}
