import { cleanJson, type Tx } from './db.ts';

/** A bot's turn to answer one message. Ids are uuids in hex. */
export interface TurnRow {
  ord: number;
  ws: string;
  id: string;
  /** The conversation: a bot answers in order within one. */
  lane: string;
  ch: string;
  bot: string;
  message: string;
}
export interface Turn extends Omit<TurnRow, 'ord' | 'ch'> {
  attempts: number;
}

/** Queues turns: lanes first, in sorted order, as for deliveries. */
export async function insertTurns(tx: Tx, rows: readonly TurnRow[]): Promise<void> {
  if (rows.length === 0) return;
  const json = cleanJson(rows);
  await tx.query({
    name: 'turns-lanes',
    text: `insert into lanes (workspace_id, kind, id, channel_id, pending)
      select ws, 'turn', lane, ch, count(*) from json_to_recordset($1::json) as x(ws uuid, lane uuid, ch uuid) group by ws, lane, ch order by ws, lane
      on conflict (workspace_id, kind, id) do update set pending = lanes.pending + excluded.pending,
        ready_at = case when lanes.pending = 0 then greatest(lanes.ready_at, now()) else lanes.ready_at end`,
    values: [json],
  });
  await tx.query({
    name: 'turns-insert',
    text: `insert into turns (workspace_id, id, lane_id, bot_id, conversation_id, message_id)
      select ws, id, lane, bot, lane, message from json_to_recordset($1::json) as x(ord int, ws uuid, id uuid, lane uuid, bot uuid, message uuid) order by ord`,
    values: [json],
  });
}

/** The heads of claimed lanes, counted as tried. */
export async function startTurns(tx: Tx, lanes: readonly { ws: string; id: string }[]): Promise<Turn[]> {
  const heads = await tx.query<Turn>({
    name: 'turns-start',
    text: `with head as materialized (
        select t.workspace_id, t.id from json_to_recordset($1::json) as x(ws uuid, id uuid)
        cross join lateral (select * from turns t where t.workspace_id = x.ws and t.lane_id = x.id and not t.done order by t.seq limit 1) t
      )
      update turns t set attempts = t.attempts + 1 from head where t.workspace_id = head.workspace_id and t.id = head.id
      returning replace(t.workspace_id::text, '-', '') as ws, replace(t.id::text, '-', '') as id, replace(t.lane_id::text, '-', '') as lane,
        replace(t.bot_id::text, '-', '') as bot, replace(t.message_id::text, '-', '') as message, t.attempts`,
    values: [JSON.stringify(lanes)],
  });
  return heads.rows;
}

/** Ends a turn, or keeps why it has to be tried again. */
export async function endTurn(
  tx: Tx,
  turn: Pick<Turn, 'ws' | 'id'>,
  done: boolean,
  error: string | null,
): Promise<void> {
  await tx.query(
    'update turns set done = $3, error = $4, ended_at = case when $3 then now() end where workspace_id = $1 and id = $2',
    [turn.ws, turn.id, done, error],
  );
}

/** The bot of a turn, with its sealed settings. */
export async function readBot(
  tx: Tx,
  ws: string,
  id: string,
): Promise<{ name: string; status: string; config: Buffer } | undefined> {
  const found = await tx.query<{ name: string; status: string; config: Buffer }>(
    'select name, status, config from bots where workspace_id = $1 and id = $2',
    [ws, id],
  );
  return found.rows[0];
}
