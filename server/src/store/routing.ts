import type { Content } from '@tributary/protocol';
import type { Tx } from './db.ts';

/** Who may answer: one at a time. */
export interface Holder {
  kind: 'bot' | 'inbox' | 'member';
  /** uuid in hex. */
  id: string;
}

/** A message that arrived, with what routing needs to know of its place. Ids are uuids in hex. */
export interface Arrival {
  ws: string;
  message: string;
  conversation: string;
  channel: string;
  identity: string | null;
  address: string | null;
  timeline: string | null;
  threadKind: 'direct' | 'group';
  thread: string;
  content: Content;
  holder: Holder | null;
  metadata: Record<string, unknown>;
  at: Date;
}

/** The arrivals behind events of the log, in the order asked. */
export async function readArrivals(tx: Tx, messages: readonly { ws: string; id: string }[]): Promise<Arrival[]> {
  const found = await tx.query<Arrival>({
    name: 'routing-arrivals',
    text: `select replace(m.workspace_id::text, '-', '') as ws, replace(m.id::text, '-', '') as message, replace(m.conversation_id::text, '-', '') as conversation,
        replace(m.channel_id::text, '-', '') as channel, replace(m.identity_id::text, '-', '') as identity, i.value as address,
        replace(c.timeline_id::text, '-', '') as timeline, c.kind as "threadKind", c.thread_key as thread, m.content, t.holder, m.metadata, m.said_at as at
      from rows from (json_to_recordset($1::json) as (ws uuid, id uuid)) with ordinality as x(ws, id, ord)
      cross join lateral (select * from messages m where m.workspace_id = x.ws and m.id = x.id limit 1) m
      cross join lateral (select * from conversations c where c.workspace_id = m.workspace_id and c.id = m.conversation_id limit 1) c
      left join lateral (select * from identities i where i.workspace_id = m.workspace_id and i.id = m.identity_id limit 1) i on true
      left join lateral (select * from timelines t where t.workspace_id = c.workspace_id and t.id = c.timeline_id limit 1) t on true
      order by x.ord`,
    values: [JSON.stringify(messages)],
  });
  return found.rows;
}

export interface RouteRow {
  ws: string;
  id: string;
  triggers: { type: string; channels?: string[]; action: string }[];
  priority: number;
}
export interface BotRow {
  ws: string;
  id: string;
  name: string;
  kind: 'echo' | 'menu' | 'webhook';
  status: string;
}
export interface InboxRow {
  ws: string;
  id: string;
  name: string;
}

/** The rules, bots and inboxes of some workspaces, in one look; rules by priority, then age. */
export async function readRules(
  tx: Tx,
  workspaces: readonly string[],
): Promise<{ routes: RouteRow[]; bots: BotRow[]; inboxes: InboxRow[] }> {
  const found = await tx.query<{
    kind: 'route' | 'bot' | 'inbox';
    ws: string;
    id: string;
    row: Record<string, unknown>;
  }>({
    name: 'routing-rules',
    text: `select * from (
        select 'route' as kind, replace(workspace_id::text, '-', '') as ws, replace(id::text, '-', '') as id,
          jsonb_build_object('triggers', triggers, 'priority', priority) as row, priority, created_at
        from routes where workspace_id = any($1::uuid[])
        union all
        select 'bot', replace(workspace_id::text, '-', ''), replace(id::text, '-', ''), jsonb_build_object('name', name, 'kind', kind, 'status', status), 0, created_at
        from bots where workspace_id = any($1::uuid[])
        union all
        select 'inbox', replace(workspace_id::text, '-', ''), replace(id::text, '-', ''), jsonb_build_object('name', name), 0, created_at
        from inboxes where workspace_id = any($1::uuid[])
      ) rules order by priority desc, created_at, id`,
    values: [workspaces],
  });
  const of = <Row>(kind: string): Row[] =>
    found.rows.flatMap((one) => (one.kind === kind ? [{ ...one.row, ws: one.ws, id: one.id } as Row] : []));
  return { routes: of('route'), bots: of('bot'), inboxes: of('inbox') };
}

/** Gives timelines to their new holders, and conversations to their inboxes. */
export async function writeHolders(
  tx: Tx,
  rows: readonly { ws: string; timeline: string | null; conversation: string; holder: Holder }[],
): Promise<void> {
  const json = JSON.stringify(rows);
  await tx.query({
    name: 'routing-holders',
    text: `update timelines t set holder = x.holder
      from (select distinct on (ws, timeline) ws, timeline, holder from json_to_recordset($1::json) as x(ws uuid, timeline uuid, holder jsonb) where timeline is not null order by ws, timeline) x
      where t.workspace_id = x.ws and t.id = x.timeline`,
    values: [json],
  });
  await tx.query({
    name: 'routing-inbox',
    text: `update conversations c set inbox_id = (x.holder->>'id')::uuid
      from (select distinct on (ws, conversation) ws, conversation, holder from json_to_recordset($1::json) as x(ws uuid, conversation uuid, holder jsonb) order by ws, conversation) x
      where c.workspace_id = x.ws and c.id = x.conversation and x.holder->>'kind' = 'inbox'`,
    values: [json],
  });
}

/** Tells where each message went and why. */
export async function tellRouted(
  tx: Tx,
  rows: readonly { ws: string; message: string; channel: string; conversation: string; data: unknown }[],
): Promise<void> {
  await tx.query({
    name: 'routing-told',
    text: `insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
      select ws, 'message.routed', message, channel, conversation, data from json_to_recordset($1::json) as x(ws uuid, message uuid, channel uuid, conversation uuid, data jsonb)`,
    values: [JSON.stringify(rows)],
  });
}
