import { toId } from '@tributary/protocol';
import type { Tx } from './db.ts';
import { eraseFilesOf } from './media.ts';

/** What changes about something already said: edits, unsends, reactions, replies. Ids are uuids in hex, keys as in `seen`. */

interface Where {
  ws: string;
  ch: string;
}

/** Our ids of the messages that are answered: outbound ones by the provider's id, inbound ones by their dedupe key. */
export async function findReplied(
  tx: Tx,
  asked: readonly (Where & { ext: string; key: string })[],
): Promise<Map<string, string>> {
  if (asked.length === 0) return new Map();
  const found = await tx.query<{ ext: string; id: string }>({
    name: 'find-replied',
    text: `select x.ext, coalesce(d.message_id, s.subject_id) as id
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, ext text, key uuid)
      left join lateral (select delivery_id from delivery_parts p where p.workspace_id = x.ws and p.channel_id = x.ch and p.external_id = x.ext limit 1) p on true
      left join deliveries d on d.workspace_id = x.ws and d.id = p.delivery_id
      left join seen s on s.workspace_id = x.ws and s.channel_id = x.ch and s.key = x.key
      where coalesce(d.message_id, s.subject_id) is not null`,
    values: [JSON.stringify(asked)],
  });
  return new Map(found.rows.map((row) => [row.ext, toId('message', row.id)]));
}

/** What the short keys of taps stand for: the payloads of what was lately said in their conversations. */
export async function findPayloads(
  tx: Tx,
  asked: readonly { ws: string; conv: string; key: string }[],
): Promise<Map<string, string>> {
  if (asked.length === 0) return new Map();
  const found = await tx.query<{ conv: string; key: string; payload: string }>(
    `select replace(x.conv::text, '-', '') as conv, x.key, d.payloads->>x.key as payload
     from json_to_recordset($1::json) as x(ws uuid, conv uuid, key text)
     cross join lateral (select m.id from messages m where m.workspace_id = x.ws and m.conversation_id = x.conv order by m.id desc limit 500) m
     join deliveries d on d.workspace_id = x.ws and d.message_id = m.id and d.payloads ? x.key`,
    [JSON.stringify(asked)],
  );
  return new Map(found.rows.map((row) => [`${row.conv} ${row.key}`, row.payload]));
}

/** Replaces what a message says and keeps what it said before; answers its id. An edit of a message we never saw is told as such. */
export async function editMessage(
  tx: Tx,
  where: Where,
  key: string,
  content: string,
  at: Date,
): Promise<string | undefined> {
  const edited = await tx.query<{ id: string; conversation_id: string }>(
    `update messages m set content = $4::jsonb, content_type = $4::jsonb->>'type', edited_at = $5,
       versions = coalesce(m.versions, '[]') || jsonb_build_array(jsonb_build_object('content', m.content, 'until', $5::timestamptz))
     from seen s
     where s.workspace_id = $1 and s.channel_id = $2 and s.key = $3 and m.workspace_id = $1 and m.id = s.subject_id and m.erased_at is null
       and coalesce(m.edited_at, '-infinity') <= $5
     returning m.id, m.conversation_id`,
    [where.ws, where.ch, key, content, at],
  );
  const message = edited.rows[0];
  await tx.query(
    'insert into events (workspace_id, type, subject_id, channel_id, conversation_id) values ($1, $2, $3, $4, $5)',
    [
      where.ws,
      message ? 'message.edited' : 'message.edit_unmatched',
      message?.id ?? null,
      where.ch,
      message?.conversation_id ?? null,
    ],
  );
  return message?.id;
}

/** Erases our copy of a message its author took back, and its files. Answers where its raw request lies in the journal, to be blanked too. */
export async function eraseMessage(
  tx: Tx,
  where: Where,
  key: string,
  at: Date,
): Promise<{ journal: string; no: number } | undefined> {
  const erased = await tx.query<{
    id: string;
    conversation_id: string;
    journal_id: string | null;
    journal_no: number | null;
  }>(
    `update messages m set content = '{"type":"unsupported","reason":"The author took this message back."}', content_type = 'unsupported',
       versions = null, metadata = '{}', erased_at = $4
     from seen s
     where s.workspace_id = $1 and s.channel_id = $2 and s.key = $3 and m.workspace_id = $1 and m.id = s.subject_id and m.erased_at is null
     returning m.id, m.conversation_id, m.journal_id, m.journal_no`,
    [where.ws, where.ch, key, at],
  );
  const message = erased.rows[0];
  if (!message) return undefined;
  await eraseFilesOf(tx, where.ws, message.id);
  await tx.query(
    "insert into events (workspace_id, type, subject_id, channel_id, conversation_id) values ($1, 'message.erased', $2, $3, $4)",
    [where.ws, message.id, where.ch, message.conversation_id],
  );
  return message.journal_id === null || message.journal_no === null
    ? undefined
    : { journal: message.journal_id, no: message.journal_no };
}

/** Rewrites one journal page in place. */
export async function rewritePage(
  tx: Tx,
  ws: string,
  journal: string,
  rewrite: (page: Buffer) => Buffer,
): Promise<void> {
  const found = await tx.query<{ page: Buffer }>(
    'select page from journal where workspace_id = $1 and id = $2 for update',
    [ws, journal],
  );
  const page = found.rows[0]?.page;
  if (page)
    await tx.query('update journal set page = $3 where workspace_id = $1 and id = $2', [ws, journal, rewrite(page)]);
}

/** Puts somebody's reaction on a message, or takes it away. Answers the message's id where it is known. */
export async function reactToMessage(
  tx: Tx,
  where: Where,
  target: { ext: string; key: string },
  identity: string,
  emoji: string | null,
): Promise<string | undefined> {
  const message = (await findReplied(tx, [{ ...where, ...target }])).get(target.ext);
  if (!message) return undefined;
  const id = message.slice(message.lastIndexOf('_') + 1);
  await tx.query(
    emoji === null
      ? `update messages set metadata = metadata #- array['reactions', $3] where workspace_id = $1 and id = $2`
      : `update messages set metadata = jsonb_set(jsonb_set(metadata, '{reactions}', coalesce(metadata->'reactions', '{}')), array['reactions', $3], to_jsonb($4::text)) where workspace_id = $1 and id = $2`,
    emoji === null ? [where.ws, id, toId('identity', identity)] : [where.ws, id, toId('identity', identity), emoji],
  );
  return id;
}

/** A person has a new number or id, or a group a new chat: who they are stays. What the new address already belongs to is left alone. */
export async function moveAddress(tx: Tx, where: Where, identity: string | undefined, detail: unknown): Promise<void> {
  const { from, to } = (detail ?? {}) as { from?: unknown; to?: unknown };
  if (typeof from === 'string' && typeof to === 'string') {
    await tx.query(
      `update conversations c set thread_key = $4 where workspace_id = $1 and channel_id = $2 and thread_key = $3
       and not exists (select from conversations o where o.workspace_id = $1 and o.channel_id = $2 and o.thread_key = $4)`,
      [where.ws, where.ch, from, to],
    );
  }
  const address = to as { kind?: unknown; value?: unknown } | undefined;
  if (!identity || typeof address?.kind !== 'string' || typeof address.value !== 'string') return;
  await tx.query(
    `with claimed as (insert into addresses (workspace_id, channel_id, kind, value, identity_id) values ($1, $2, $3, $4, $5) on conflict do nothing returning 1)
     update identities set kind = $3, value = $4 where workspace_id = $1 and id = $5 and exists (select from claimed)`,
    [where.ws, where.ch, address.kind, address.value, identity],
  );
}
