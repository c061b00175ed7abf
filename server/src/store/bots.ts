import type { BotId, ChannelId, WorkspaceId } from '@tributary/protocol';
import { newId, toId, uuidOf } from '@tributary/protocol';
import type { Tx } from './db.ts';
import { Filters, type Page, type PageAsk, selectPage } from './page.ts';
import type { Seal } from './seal.ts';

export const BOT_KINDS = ['echo', 'menu', 'webhook'] as const;
export type BotKind = (typeof BOT_KINDS)[number];
export const BOT_STATUSES = ['active', 'inactive', 'draft'] as const;
export type BotStatus = (typeof BOT_STATUSES)[number];

export interface BotRecord {
  workspaceId: WorkspaceId;
  id: BotId;
  name: string;
  kind: BotKind;
  status: BotStatus;
  config: Record<string, unknown>;
  /** Channels that name it as the one who answers. */
  channelIds: ChannelId[];
  createdAt: Date;
  updatedAt: Date;
}
interface Row {
  workspace_id: string;
  id: string;
  name: string;
  kind: BotKind;
  status: BotStatus;
  config: Buffer;
  channel_ids: string[];
  created_at: Date;
  updated_at: Date;
}
const COLUMNS = `b.workspace_id, b.id, b.name, b.kind, b.status, b.config, b.created_at, b.updated_at,
  array(select c.id::text from channels c where c.workspace_id = b.workspace_id and c.default_bot_id = b.id and c.deleted_at is null
    order by c.id) as channel_ids`;
const reader =
  (seal: Seal) =>
  (row: Row): BotRecord => ({
    workspaceId: toId('workspace', row.workspace_id),
    id: toId('bot', row.id),
    name: row.name,
    kind: row.kind,
    status: row.status,
    config: JSON.parse(seal.open(row.config).toString()),
    channelIds: row.channel_ids.map((id) => toId('channel', id)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  });

export function listBots(
  tx: Tx,
  seal: Seal,
  workspaceId: WorkspaceId,
  filter: { status?: string[]; kind?: string[]; channelId?: ChannelId; search?: string },
  ask: PageAsk,
): Promise<Page<BotRecord>> {
  const filters = new Filters()
    .add('b.workspace_id = ?', uuidOf(workspaceId))
    .maybe('b.status = any(?)', filter.status)
    .maybe('b.kind = any(?)', filter.kind)
    .maybe('strpos(lower(b.name), lower(?)) > 0', filter.search)
    .maybe(
      'exists (select 1 from channels c where c.workspace_id = b.workspace_id and c.default_bot_id = b.id and c.id = ?)',
      filter.channelId && uuidOf(filter.channelId),
    );
  const sort = { by: 'b.id', type: 'uuid', descending: true } as const;
  return selectPage<Row, BotRecord>(
    tx,
    { columns: COLUMNS, from: 'bots b', filters, sort, id: 'b.id', ask },
    reader(seal),
  );
}

/** `lock` keeps the row as it is until the transaction ends. */
export async function readBot(
  tx: Tx,
  seal: Seal,
  workspaceId: WorkspaceId,
  id: BotId,
  lock = false,
): Promise<BotRecord | undefined> {
  const found = await tx.query<Row>(
    `select ${COLUMNS} from bots b where b.workspace_id = $1 and b.id = $2 ${lock ? 'for update of b' : ''}`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  return found.rows[0] && reader(seal)(found.rows[0]);
}

/** `undefined` when a bot of the name exists. */
export async function insertBot(
  tx: Tx,
  seal: Seal,
  bot: { workspaceId: WorkspaceId; name: string; kind: BotKind; status: BotStatus; config: Record<string, unknown> },
): Promise<BotId | undefined> {
  const id = newId('bot');
  const made = await tx.query(
    `insert into bots (workspace_id, id, name, kind, status, config) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [uuidOf(bot.workspaceId), uuidOf(id), bot.name, bot.kind, bot.status, seal.seal(JSON.stringify(bot.config))],
  );
  return made.rowCount === 1 ? id : undefined;
}

/** False when another bot has the name. */
export async function updateBot(
  tx: Tx,
  seal: Seal,
  bot: Pick<BotRecord, 'workspaceId' | 'id' | 'name' | 'status' | 'config'>,
): Promise<boolean> {
  const done = await tx.query(
    `update bots set name = $3, status = $4, config = $5, updated_at = now()
     where workspace_id = $1 and id = $2
       and not exists (select 1 from bots other where other.workspace_id = $1 and other.name = $3 and other.id <> $2)`,
    [uuidOf(bot.workspaceId), uuidOf(bot.id), bot.name, bot.status, seal.seal(JSON.stringify(bot.config))],
  );
  return done.rowCount === 1;
}

/** Channels that named it have no bot from now on; answers which. */
export async function deleteBot(tx: Tx, workspaceId: WorkspaceId, id: BotId): Promise<ChannelId[]> {
  const freed = await tx.query<{ id: string }>(
    `update channels set default_bot_id = null, updated_at = clock_timestamp()
     where workspace_id = $1 and default_bot_id = $2 returning id`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  await tx.query('delete from bots where workspace_id = $1 and id = $2', [uuidOf(workspaceId), uuidOf(id)]);
  return freed.rows.map((row) => toId('channel', row.id));
}
