import type { Media } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';

/** Files: what is known of them, who has to fetch them, and when they go. Ids are uuids in hex. */

export type MediaState = 'wanted' | 'arriving' | 'stored' | 'failed' | 'erased';

export interface MediaRow {
  ws: string;
  id: string;
  state: MediaState;
  message: string | null;
  mimeType: string | null;
  filename: string | null;
  size: number | null;
  hash: Buffer | null;
  error: string | null;
  createdAt: Date;
}
const COLUMNS = `replace(workspace_id::text, '-', '') as ws, replace(id::text, '-', '') as id, state, replace(message_id::text, '-', '') as message,
  mime_type as "mimeType", filename, size, hash, error, created_at as "createdAt"`;

/** What was found out about a file by reading it. */
export interface Kept {
  mimeType: string;
  filename: string | null;
  size: number;
  hash: Buffer;
}

/** A file by its id alone, for whoever holds a link to it; the link is checked against its workspace afterwards. */
export async function findMedia(tx: Tx, id: string): Promise<MediaRow | undefined> {
  const found = await tx.query<MediaRow>({
    name: 'media-find',
    text: `select ${COLUMNS} from media where id = $1 limit 1`,
    values: [id],
  });
  return found.rows[0];
}

/** Files of a workspace, by id. */
export async function readMedia(tx: Tx, ws: string, ids: readonly string[]): Promise<Map<string, MediaRow>> {
  if (ids.length === 0) return new Map();
  const found = await tx.query<MediaRow>({
    name: 'media-read',
    text: `select ${COLUMNS} from media where workspace_id = $1 and id = any($2::uuid[])`,
    values: [ws, ids],
  });
  return new Map(found.rows.map((row) => [row.id, row]));
}

/** Notes that bytes are being put into the store under this id. Until `settleArrived` they belong to nothing, and are swept away after an hour. */
export async function insertArriving(tx: Tx, ws: string, id: string, kept: Kept): Promise<void> {
  await tx.query(
    `insert into media (workspace_id, id, state, mime_type, filename, size, hash) values ($1, $2, 'arriving', $3, $4, $5, $6)`,
    [ws, id, kept.mimeType, kept.filename, kept.size, kept.hash],
  );
}

/** Keeps what has arrived, in the transaction that makes use of it. Answers which were still there. */
export async function settleArrived(tx: Tx, ws: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const settled = await tx.query<{ id: string }>(
    `update media set state = 'stored', stored_at = coalesce(stored_at, now())
     where workspace_id = $1 and id = any($2::uuid[]) and state in ('arriving', 'stored') returning replace(id::text, '-', '') as id`,
    [ws, ids],
  );
  return new Set(settled.rows.map((row) => row.id));
}

/** Lets go of a file: whoever fetches files removes its bytes. Answers whether it was there. */
export async function eraseMedia(tx: Tx, ws: string, id: string): Promise<boolean> {
  const erased = await tx.query(
    `update media set state = 'erased', ready_at = now() where workspace_id = $1 and id = $2 and state <> 'erased'`,
    [ws, id],
  );
  return (erased.rowCount ?? 0) > 0;
}

/** Lets go of every file of a message. */
export async function eraseFilesOf(tx: Tx, ws: string, message: string): Promise<void> {
  await tx.query(
    `update media set state = 'erased', ready_at = now() where workspace_id = $1 and message_id = $2 and state <> 'erased'`,
    [ws, message],
  );
}

/** A file of a message, as the provider named it. */
export interface NamedFile {
  id: string;
  source: Media;
  mimeType: string | null;
  size: number | null;
  filename: string | null;
}

/** The files that a message has had, by its dedupe key. */
export async function filesOfMessage(tx: Tx, ws: string, channel: string, key: string): Promise<NamedFile[]> {
  const found = await tx.query<NamedFile>(
    `select replace(m.id::text, '-', '') as id, m.source, m.mime_type as "mimeType", m.size, m.filename
     from seen s join media m on m.workspace_id = s.workspace_id and m.message_id = s.subject_id
     where s.workspace_id = $1 and s.channel_id = $2 and s.key = $3 and m.state in ('wanted', 'stored') and m.source is not null`,
    [ws, channel, key],
  );
  return found.rows;
}

/** Files that a message names since it was edited, to be fetched. */
export async function insertWanted(
  tx: Tx,
  where: { ws: string; ch: string; message: string },
  files: readonly { id: string; place: readonly string[]; source: Media }[],
): Promise<void> {
  for (const { id, place, source } of files) {
    await tx.query(
      `insert into media (workspace_id, id, state, channel_id, message_id, place, source) values ($1, $2, 'wanted', $3, $4, $5, $6)`,
      [where.ws, id, where.ch, where.message, place, cleanJson(source)],
    );
  }
}

/** What arrived an hour ago and was never made use of goes. */
export async function sweepArrived(tx: Tx): Promise<void> {
  await tx.query(
    `update media set state = 'erased', ready_at = now() where state = 'arriving' and created_at < now() - interval '1 hour'`,
  );
}

/** A file to fetch, or one whose bytes are to be removed. */
export interface MediaJob {
  ws: string;
  id: string;
  state: 'wanted' | 'erased';
  ch: string | null;
  message: string | null;
  source: Media | null;
  attempts: number;
  journal: string | null;
  journalNo: number | null;
}

/** Takes files that are due for `leaseSeconds`, those of the channels named left alone. */
export async function claimMedia(
  tx: Tx,
  token: string,
  leaseSeconds: number,
  limit: number,
  notChannels: readonly string[],
): Promise<MediaJob[]> {
  const claimed = await tx.query<MediaJob>({
    name: 'media-claim',
    text: `with due as (
        select workspace_id, id from media
        where state in ('wanted', 'erased') and ready_at <= now() and lease_until < now() and (channel_id is null or channel_id <> all($4::uuid[]))
        order by ready_at limit $3 for update skip locked
      ), taken as (
        update media m set lease_token = $1, lease_until = now() + make_interval(secs => $2), attempts = m.attempts + 1
        from due where m.workspace_id = due.workspace_id and m.id = due.id
        returning m.*
      )
      select replace(t.workspace_id::text, '-', '') as ws, replace(t.id::text, '-', '') as id, t.state, replace(t.channel_id::text, '-', '') as ch,
        replace(t.message_id::text, '-', '') as message, t.source, t.attempts, replace(m.journal_id::text, '-', '') as journal, m.journal_no::int as "journalNo"
      from taken t left join lateral (select * from messages m where m.workspace_id = t.workspace_id and m.id = t.message_id limit 1) m on true`,
    values: [token, leaseSeconds, limit, notChannels],
  });
  return claimed.rows;
}

/** Keeps files for longer while they are fetched. */
export async function renewMedia(tx: Tx, token: string, leaseSeconds: number, ids: readonly string[]): Promise<void> {
  await tx.query(
    `update media m set lease_until = now() + make_interval(secs => $2)
     from (select workspace_id, id from media where id = any($3::uuid[]) and lease_token = $1 order by workspace_id, id for update) c
     where m.workspace_id = c.workspace_id and m.id = c.id`,
    [token, leaseSeconds, ids],
  );
}

/**
 * A file has been fetched: its row, what its message says of it, and the event that tells. The place in the content is written only where the same
 * file still stands there. Answers false where the file was erased meanwhile, or is somebody else's to fetch by now.
 */
export function settleFetched(tx: Tx, token: string, job: MediaJob, kept: Kept): Promise<boolean> {
  const patch = {
    mimeType: kept.mimeType,
    size: kept.size,
    ...(kept.filename === null ? {} : { filename: kept.filename }),
  };
  return settle(tx, token, job, patch, { state: 'stored', kept, error: null });
}

/** A file is not to be had: the same, with the reason. */
export function settleFailed(tx: Tx, token: string, job: MediaJob, error: string): Promise<boolean> {
  return settle(tx, token, job, { error }, { state: 'failed', kept: undefined, error });
}

async function settle(
  tx: Tx,
  token: string,
  job: MediaJob,
  patch: object,
  found: { state: 'stored' | 'failed'; kept: Kept | undefined; error: string | null },
): Promise<boolean> {
  const { kept } = found;
  const settled = await tx.query({
    name: 'media-settle',
    text: `with done as (
        update media set state = $4, mime_type = $5, filename = $6, size = $7, hash = $8, error = $9, lease_token = null, lease_until = '-infinity',
          stored_at = case when $4 = 'stored' then now() end
        where workspace_id = $1 and id = $2 and state = 'wanted' and lease_token = $3
        returning workspace_id, message_id, place
      ), told as (
        update messages m set content = jsonb_set(m.content, d.place, ((m.content #> d.place) - 'url') || $10::jsonb)
        from done d where m.workspace_id = d.workspace_id and m.id = d.message_id and m.content #>> (d.place || '{mediaId}') = $11
        returning m.workspace_id, m.id, m.channel_id, m.conversation_id
      ), event as (
        insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
        select workspace_id, 'message.updated', id, channel_id, conversation_id, jsonb_build_object('media', $10::jsonb || jsonb_build_object('mediaId', $11::text)) from told
      )
      select 1 from done`,
    values: [
      job.ws,
      job.id,
      token,
      found.state,
      kept?.mimeType ?? null,
      kept?.filename ?? null,
      kept?.size ?? null,
      kept?.hash ?? null,
      found.error,
      cleanJson(patch),
      `media_${job.id}`,
    ],
  });
  return (settled.rowCount ?? 0) > 0;
}

/** The fetch did not work out: again later. */
export async function postponeMedia(
  tx: Tx,
  token: string,
  job: MediaJob,
  waitMs: number,
  error: string,
): Promise<void> {
  await tx.query(
    `update media set lease_token = null, lease_until = '-infinity', ready_at = now() + make_interval(secs => $4 / 1000.0), error = $5
     where workspace_id = $1 and id = $2 and lease_token = $3`,
    [job.ws, job.id, token, waitMs, error],
  );
}

/** The bytes are gone, and now so is the row. */
export async function forgetMedia(tx: Tx, token: string, job: MediaJob): Promise<void> {
  await tx.query('delete from media where workspace_id = $1 and id = $2 and lease_token = $3', [job.ws, job.id, token]);
}

/** What was found out about the files of a message that goes out, before it has. */
export async function writeContent(tx: Tx, ws: string, message: string, content: string): Promise<void> {
  await tx.query(
    'update messages set content = $3::jsonb where workspace_id = $1 and id = $2 and erased_at is null and edited_at is null',
    [ws, message, content],
  );
}
