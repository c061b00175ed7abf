import { cleanJson, type Tx } from './db.ts';
import type { Place } from './sockets.ts';

/** Calls that are open, and what is being said in them. Ids are uuids in hex, keys as in `seen`. */

/** Twilio ends calls after four hours; so does our memory of one whose end was never told. */
const LONGEST_CALL = '4 hours';

export interface OpenCall {
  ws: string;
  ch: string;
  identity: string;
  /** What the provider calls it. */
  id: string;
  /** The key of the message that stands for it. */
  key: string;
  /** Where its words begin; here and now when absent. */
  since?: string;
}

/** Remembers calls as open, unless their end was told before. Where the words of a call that is open begin is changed by whoever says so only. */
export async function openCalls(tx: Tx, calls: readonly OpenCall[]): Promise<void> {
  await tx.query({
    name: 'calls-open',
    text: `update identities i set call = jsonb_build_object('id', x.id, 'since', coalesce(x.since, pg_snapshot_xmin(pg_current_snapshot())::text || '.0'),
        'openedAt', now(), 'until', now() + interval '${LONGEST_CALL}')
      from (select * from json_to_recordset($1::json) as x(ws uuid, ch uuid, identity uuid, id text, key uuid, since text) order by ws, identity) x
      where i.workspace_id = x.ws and i.id = x.identity and (i.call is null or i.call->>'id' <> x.id or x.since is not null)
        and not exists (select 1 from seen s cross join lateral (select 1 from messages m where m.workspace_id = s.workspace_id and m.id = s.subject_id
          and m.metadata ? 'endedAt' limit 1) m where s.workspace_id = x.ws and s.channel_id = x.ch and s.key = x.key)`,
    values: [cleanJson(calls)],
  });
}

/** Forgets a call that has ended, with the choices its menu had open, and answers the parts that were published into it and never asked for. */
export async function closeCall(
  tx: Tx,
  call: { ws: string; identity: string; id: string },
): Promise<{ delivery: string; no: number }[]> {
  const closed = await tx.query<{ opened_at: string }>(
    `with was as (select call->>'openedAt' as opened_at from identities where workspace_id = $1 and id = $2 and call->>'id' = $3)
     update identities i set call = null, choices = null from was where i.workspace_id = $1 and i.id = $2 and i.call->>'id' = $3
     returning was.opened_at`,
    [call.ws, call.identity, call.id],
  );
  if (!closed.rows[0]) return [];
  const unsaid = await tx.query<{ delivery: string; no: number }>(
    `select replace(p.delivery_id::text, '-', '') as delivery, p.no
     from deliveries d join delivery_parts p on p.workspace_id = d.workspace_id and p.delivery_id = d.id
     where d.workspace_id = $1 and d.identity_id = $2 and d.state = 3 and d.created_at >= $3::timestamptz - interval '5 minutes'
       and p.state = 3 and p.external_id is null and p.attempt_at >= $3::timestamptz
       and not exists (select 1 from receipts r where r.workspace_id = p.workspace_id and r.delivery_id = p.delivery_id and r.part_no = p.no)
     order by d.seq, p.no`,
    [call.ws, call.identity, closed.rows[0].opened_at],
  );
  return unsaid.rows;
}

/** Takes the key of the message that stands for a call. False: it has one already. */
export async function claimCallMessage(
  tx: Tx,
  call: { ws: string; ch: string; key: string; subject: string },
): Promise<boolean> {
  const claimed = await tx.query(
    'insert into seen (workspace_id, channel_id, key, subject_id) values ($1, $2, $3, $4) on conflict do nothing',
    [call.ws, call.ch, call.key, call.subject],
  );
  return claimed.rowCount === 1;
}

/** Tells the newest of a call in its message. What comes late, from before, changes nothing; a call that has ended stays ended. */
export async function updateCallMessage(
  tx: Tx,
  call: { ws: string; ch: string; key: string; detail: unknown; at: Date; ended: boolean },
): Promise<void> {
  await tx.query(
    `with changed as (
       update messages m set content = jsonb_set(m.content, '{detail}', coalesce(m.content->'detail', '{}') || $4::jsonb),
         metadata = m.metadata || jsonb_build_object('toldAt', $5::timestamptz) || case when $6 then jsonb_build_object('endedAt', $5::timestamptz) else '{}' end
       from seen s
       where s.workspace_id = $1 and s.channel_id = $2 and s.key = $3 and m.workspace_id = $1 and m.id = s.subject_id
         and not m.metadata ? 'endedAt' and ($6 or coalesce((m.metadata->>'toldAt')::timestamptz, '-infinity') <= $5)
       returning m.id, m.conversation_id, m.channel_id
     )
     insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
     select $1, 'message.updated', id, channel_id, conversation_id, jsonb_build_object('call', $4::jsonb) from changed`,
    [call.ws, call.ch, call.key, cleanJson(call.detail), call.at, call.ended],
  );
}

/** Somebody at the end of a line. `since`: where the words of the open call begin. */
export interface Line {
  identity: string;
  conversation: string | null;
  since: string | null;
}

/** The person behind an address, with their own conversation and the call that is open. */
export async function findLine(
  tx: Tx,
  ws: string,
  ch: string,
  address: { kind: string; value: string },
): Promise<Line | undefined> {
  const found = await tx.query<Line>({
    name: 'calls-line',
    text: `select replace(i.id::text, '-', '') as identity, replace(c.id::text, '-', '') as conversation, i.call->>'since' as since
      from addresses a
      cross join lateral (select * from identities i where i.workspace_id = a.workspace_id and i.id = a.identity_id limit 1) i
      left join lateral (select * from conversations c where c.workspace_id = a.workspace_id and c.channel_id = a.channel_id
        and c.thread_key = replace(a.identity_id::text, '-', '') limit 1) c on true
      where a.workspace_id = $1 and a.channel_id = $2 and a.kind = $3 and a.value = $4`,
    values: [ws, ch, address.kind, address.value],
  });
  return found.rows[0];
}

/**
 * Whether an answer to this person is still under way: something they said has not been routed, a bot is at its turn, or a delivery waits. `horizon`
 * is how far the log can be read now, `ahead` how far it has to be readable for everything that had been published by now.
 */
export async function readUnderWay(
  tx: Tx,
  ws: string,
  line: Pick<Line, 'identity' | 'conversation'> | undefined,
): Promise<{ busy: boolean; horizon: Place; ahead: bigint }> {
  const found = await tx.query<{ busy: boolean; horizon: string; ahead: string }>({
    name: 'calls-under-way',
    text: `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, pg_snapshot_xmax(pg_current_snapshot())::text as ahead,
        exists (select 1 from lanes where workspace_id = $1 and kind = 'delivery' and id = $2 and pending > 0)
        or exists (select 1 from lanes where workspace_id = $1 and kind = 'turn' and id = $3 and pending > 0)
        or exists (select 1 from cursors k cross join lateral (select 1 from events e where (e.xid, e.seq) > (k.xid, k.seq)
          and e.workspace_id = $1 and e.conversation_id = $3 and e.type = 'message.received' limit 1) e where k.name = 'router') as busy`,
    values: [ws, line?.identity ?? null, line?.conversation ?? null],
  });
  const { busy, horizon, ahead } = found.rows[0]!;
  return { busy, horizon: { xid: BigInt(horizon), seq: 0n }, ahead: BigInt(ahead) };
}

/** Which of these parts nothing has been told of yet. */
export async function withoutReceipts<T extends { delivery: string; no: number }>(
  tx: Tx,
  ws: string,
  parts: readonly T[],
): Promise<T[]> {
  if (parts.length === 0) return [];
  const found = await tx.query<{ delivery: string; no: number }>(
    `select replace(x.delivery::text, '-', '') as delivery, x.no from json_to_recordset($2::json) as x(delivery uuid, no int)
     where not exists (select 1 from receipts r where r.workspace_id = $1 and r.delivery_id = x.delivery and r.part_no = x.no)`,
    [ws, JSON.stringify(parts.map(({ delivery, no }) => ({ delivery, no })))],
  );
  const names = new Set(found.rows.map(({ delivery, no }) => `${delivery} ${no}`));
  return parts.filter(({ delivery, no }) => names.has(`${delivery} ${no}`));
}
