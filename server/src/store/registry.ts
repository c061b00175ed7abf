import type { BotId, ChannelId, ChannelType, InboxId, WorkspaceId } from '@tributary/protocol';
import { toId, uuidOf } from '@tributary/protocol';
import type { Db } from './db.ts';
import type { Seal } from './seal.ts';

/** A connected account with its credentials opened: what the roads need of a channel, kept in memory. */
export interface Channel {
  workspaceId: WorkspaceId;
  id: ChannelId;
  type: ChannelType;
  name: string;
  account: string;
  /** What customers see as the other side: our number, our bot's name. Absent where that is not known: the account stands for it. */
  self?: string;
  config: Record<string, unknown>;
  status: 'connecting' | 'active' | 'inactive' | 'error';
  defaultBotId?: BotId;
  defaultInboxId?: InboxId;
  pausedUntil?: Date;
  /** What the operator set in `metadata.rate`: a number with raised throughput, a slower carrier. */
  rate?: { perSecond?: number; burst?: number; perRecipientPerSecond?: number; recipientBurst?: number };
}

export interface Registry {
  /** Memory first; an id not met yet is asked of the database. Deleted channels are `undefined`. */
  get(id: ChannelId): Promise<Channel | undefined>;
  /** The same, from memory alone. */
  known(id: ChannelId): Channel | undefined;
  /** Every channel of the type that speaks for the account, in any workspace. */
  byAccount(type: ChannelType, account: string): Channel[];
  byType(type: ChannelType): Channel[];
  /** Reads what changed since the last look; with an id, that channel at once. */
  refresh(id?: ChannelId): Promise<void>;
  stop(): void;
}

interface Row {
  workspace_id: string;
  id: string;
  type: ChannelType;
  name: string;
  account: string;
  config: Buffer;
  status: Channel['status'];
  default_bot_id: string | null;
  default_inbox_id: string | null;
  paused_until: Date | null;
  rate: Channel['rate'] | null;
  updated_at: Date;
  deleted_at: Date | null;
}

const COLUMNS =
  "workspace_id, id, type, name, account, config, status, default_bot_id, default_inbox_id, paused_until, metadata->'rate' as rate, updated_at, deleted_at";
/** A row may commit after a later one was read; each look goes back so far. */
const OVERLAP_MS = 10_000;

/** Keeps every channel in memory and follows changes by looking each `everyMs`; the process that makes a change calls `refresh(id)`. */
export async function openRegistry(
  db: Db,
  seal: Seal,
  everyMs = 1_000,
  selfOf: (type: string, config: Record<string, unknown>) => string | undefined = () => undefined,
): Promise<Registry> {
  const byId = new Map<ChannelId, Channel>();
  const versions = new Map<ChannelId, number>();
  const unknown = new Map<ChannelId, number>();
  let newest = new Date(0);

  const take = (row: Row): void => {
    const id = toId('channel', row.id);
    if (row.updated_at > newest) newest = row.updated_at;
    unknown.delete(id);
    if (row.deleted_at) {
      byId.delete(id);
      versions.delete(id);
      return;
    }
    if (versions.get(id) === row.updated_at.getTime()) return;
    versions.set(id, row.updated_at.getTime());
    const config = JSON.parse(seal.open(row.config).toString()) as Record<string, unknown>;
    byId.set(id, {
      workspaceId: toId('workspace', row.workspace_id),
      id,
      type: row.type,
      name: row.name,
      account: row.account,
      self: selfOf(row.type, config) || undefined,
      config,
      status: row.status,
      defaultBotId: row.default_bot_id ? toId('bot', row.default_bot_id) : undefined,
      defaultInboxId: row.default_inbox_id ? toId('inbox', row.default_inbox_id) : undefined,
      pausedUntil: row.paused_until ?? undefined,
      rate: row.rate ?? undefined,
    });
  };
  const look = async (): Promise<void> => {
    const since = new Date(newest.getTime() - OVERLAP_MS);
    const found = await db.query<Row>(`select ${COLUMNS} from channels where updated_at > $1`, [since]);
    for (const row of found.rows) take(row);
  };
  const lookAt = async (id: ChannelId): Promise<void> => {
    const found = await db.query<Row>(`select ${COLUMNS} from channels where id = $1`, [uuidOf(id)]);
    versions.delete(id);
    for (const row of found.rows) take(row);
    if (found.rows.length === 0) unknown.set(id, Date.now());
  };

  await look();
  const timer = setInterval(() => {
    if (unknown.size > 10_000) unknown.clear();
    // A database that is away is noticed by whoever needs it; memory serves meanwhile.
    look().catch(() => {});
  }, everyMs);
  timer.unref();

  return {
    known: (id) => byId.get(id),
    async get(id) {
      const channel = byId.get(id);
      if (channel) return channel;
      if (Date.now() - (unknown.get(id) ?? 0) < 1_000) return undefined;
      await lookAt(id);
      return byId.get(id);
    },
    byAccount: (type, account) =>
      [...byId.values()].filter((channel) => channel.type === type && channel.account === account),
    byType: (type) => [...byId.values()].filter((channel) => channel.type === type),
    refresh: (id) => (id ? lookAt(id) : look()),
    stop: () => clearInterval(timer),
  };
}
