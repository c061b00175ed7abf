import type { Media } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';

/** All the SQL of the accepting transaction. Each call is one set-based statement over a whole batch; ids are uuids in hex. */

export interface JournalPage {
  ws: string;
  id: string;
  channel: string | null;
  verdict: 'accepted' | 'pending' | 'unparsed' | 'unaccepted';
  error: string | null;
  requests: number;
  adapter: string;
  page: Buffer;
}
export interface SeenKey {
  ws: string;
  ch: string;
  /** 128 bits of SHA-256 of the adapter's key, as a uuid. */
  key: string;
  subject: string;
}

/** Writes the journal pages and the dedupe keys together; answers the subjects that are new. Keys are inserted in sorted order, so rival batches wait rather than deadlock. */
export async function insertJournalAndSeen(
  tx: Tx,
  pages: readonly JournalPage[],
  keys: readonly SeenKey[],
): Promise<Set<string>> {
  const small = pages.filter((page) => page.page.length <= LARGE_PAGE);
  for (const page of pages) if (page.page.length > LARGE_PAGE) await insertLargePage(tx, page);
  const fresh = await tx.query<{ subject_id: string }>({
    name: 'accept-seen',
    text: `with page as (
        insert into journal (workspace_id, id, channel_id, verdict, error, requests, adapter, page)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::bytea[])
      )
      insert into seen (workspace_id, channel_id, key, subject_id)
      select x.ws, x.ch, x.key, x.subject from json_to_recordset($9::json) as x(ws uuid, ch uuid, key uuid, subject uuid)
      order by x.ws, x.ch, x.key
      on conflict do nothing
      returning replace(subject_id::text, '-', '') as subject_id`,
    values: [...pageColumns(small), JSON.stringify(keys)],
  });
  return new Set(fresh.rows.map((row) => row.subject_id));
}

/** Bytes in a list travel as hexadecimal text; large ones travel alone, as they are. */
const LARGE_PAGE = 256 * 1024;

async function insertLargePage(tx: Tx, page: JournalPage): Promise<void> {
  await tx.query(
    'insert into journal (workspace_id, id, channel_id, verdict, error, requests, adapter, page) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [page.ws, page.id, page.channel, page.verdict, page.error, page.requests, page.adapter, page.page],
  );
}

const pageColumns = (pages: readonly JournalPage[]): unknown[] => [
  pages.map((page) => page.ws),
  pages.map((page) => page.id),
  pages.map((page) => page.channel),
  pages.map((page) => page.verdict),
  pages.map((page) => page.error),
  pages.map((page) => page.requests),
  pages.map((page) => page.adapter),
  pages.map((page) => page.page),
];

export interface AddressKey {
  ws: string;
  ch: string;
  kind: string;
  value: string;
}
export interface FoundAddress extends AddressKey {
  identity: string;
  contact: string | null;
}

/** Who goes by these addresses. `contact` is null for an address whose identity is not written yet: only possible for one's own claim. */
export async function findAddresses(tx: Tx, keys: readonly AddressKey[]): Promise<FoundAddress[]> {
  const found = await tx.query<FoundAddress>({
    name: 'accept-find-addresses',
    text: `select replace(a.workspace_id::text, '-', '') as ws, replace(a.channel_id::text, '-', '') as ch, a.kind, a.value,
        replace(a.identity_id::text, '-', '') as identity, replace(i.contact_id::text, '-', '') as contact
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, kind text, value text)
      join addresses a on a.workspace_id = x.ws and a.channel_id = x.ch and a.kind = x.kind and a.value = x.value
      left join identities i on i.workspace_id = a.workspace_id and i.id = a.identity_id`,
    values: [JSON.stringify(keys)],
  });
  return found.rows;
}

/** Claims addresses for identities about to be written, in sorted order. A rival's uncommitted claim is waited for, and then stands. */
export async function claimAddresses(tx: Tx, claims: readonly (AddressKey & { identity: string })[]): Promise<void> {
  await tx.query({
    name: 'accept-claim-addresses',
    text: `insert into addresses (workspace_id, channel_id, kind, value, identity_id)
      select x.ws, x.ch, x.kind, x.value, x.identity
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, kind text, value text, identity uuid)
      order by x.ws, x.ch, x.kind collate "C", x.value collate "C"
      on conflict do nothing`,
    values: [JSON.stringify(claims)],
  });
}

/** Points addresses at another identity: an alias met together with an address that already had one. */
export async function moveAddresses(tx: Tx, moves: readonly (AddressKey & { identity: string })[]): Promise<void> {
  await tx.query(
    `update addresses a set identity_id = x.identity
     from json_to_recordset($1::json) as x(ws uuid, ch uuid, kind text, value text, identity uuid)
     where a.workspace_id = x.ws and a.channel_id = x.ch and a.kind = x.kind and a.value = x.value`,
    [JSON.stringify(moves)],
  );
}

export interface NewPerson {
  ws: string;
  ch: string;
  identity: string;
  contact: string;
  timeline: string;
  kind: string;
  value: string;
  name: string | null;
  phone: string | null;
  email: string | null;
  picture: string | null;
  profile: unknown;
}

/** Writes contact, timeline and identity of people met for the first time. Only ever called for addresses this transaction claimed. */
export async function insertPeople(tx: Tx, people: string): Promise<void> {
  await tx.query({
    name: 'accept-people',
    text: `with x as (
        select * from json_to_recordset($1::json) as x(ws uuid, ch uuid, identity uuid, contact uuid, timeline uuid, kind text, value text,
          name text, phone text, email text, picture text, profile jsonb)
      ), c as (
        insert into contacts (workspace_id, id, name, phone, email, avatar_url, last_seen_at) select ws, contact, name, phone, email, picture, now() from x
      ), t as (
        insert into timelines (workspace_id, id, contact_id) select ws, timeline, contact from x
      ), e as (
        insert into events (workspace_id, type, subject_id, channel_id) select ws, 'contact.created', contact, ch from x
      )
      insert into identities (workspace_id, id, contact_id, channel_id, kind, value, profile, last_seen_at)
      select ws, identity, contact, ch, kind, value, profile, now() from x`,
    values: [people],
  });
}

/** Writes what a known identity now calls itself. */
export async function updateProfiles(tx: Tx, profiles: string): Promise<void> {
  await tx.query({
    name: 'accept-profiles',
    text: `update identities i set profile = i.profile || x.profile
      from (select * from json_to_recordset($1::json) as x(ws uuid, identity uuid, profile jsonb) order by ws, identity) x
      where i.workspace_id = x.ws and i.id = x.identity`,
    values: [profiles],
  });
}

export interface ThreadKey {
  ws: string;
  ch: string;
  thread: string;
}
export interface NewConversation extends ThreadKey {
  id: string;
  kind: 'direct' | 'group';
  title: string | null;
  identity: string | null;
}

/** Makes the conversations that are missing, in sorted order; a direct one belongs to its identity's timeline. */
export async function insertConversations(tx: Tx, conversations: string): Promise<void> {
  await tx.query({
    name: 'accept-conversations',
    text: `with made as (
        insert into conversations (workspace_id, id, channel_id, thread_key, kind, title, identity_id, contact_id, timeline_id)
        select x.ws, x.id, x.ch, x.thread, x.kind, x.title, i.id, i.contact_id,
          (select t.id from timelines t where t.workspace_id = i.workspace_id and t.contact_id = i.contact_id order by t.created_at limit 1)
        from json_to_recordset($1::json) as x(ws uuid, id uuid, ch uuid, thread text, kind text, title text, identity uuid)
        left join identities i on i.workspace_id = x.ws and i.id = x.identity and x.kind = 'direct'
        order by x.ws, x.ch, x.thread collate "C"
        on conflict do nothing
        returning workspace_id, id, channel_id
      )
      insert into events (workspace_id, type, subject_id, channel_id, conversation_id)
      select workspace_id, 'conversation.created', id, channel_id, id from made`,
    values: [conversations],
  });
}

/** The conversations of these threads: asked in a statement after the insert, so that a rival's are seen too. */
export async function findConversations(
  tx: Tx,
  threads: readonly ThreadKey[],
): Promise<(ThreadKey & { id: string })[]> {
  const found = await tx.query<ThreadKey & { id: string }>({
    name: 'accept-find-conversations',
    text: `select replace(c.workspace_id::text, '-', '') as ws, replace(c.channel_id::text, '-', '') as ch, c.thread_key as thread, replace(c.id::text, '-', '') as id
      from json_to_recordset($1::json) as x(ws uuid, ch uuid, thread text)
      join conversations c on c.workspace_id = x.ws and c.channel_id = x.ch and c.thread_key = x.thread`,
    values: [JSON.stringify(threads)],
  });
  return found.rows;
}

/** People who speak in groups become participants. */
export async function insertParticipants(tx: Tx, rows: string): Promise<void> {
  await tx.query({
    name: 'accept-participants',
    text: `insert into participants (workspace_id, conversation_id, identity_id)
      select ws, conv, identity from json_to_recordset($1::json) as x(ws uuid, conv uuid, identity uuid)
      order by 1, 2, 3 on conflict do nothing`,
    values: [rows],
  });
}

export interface NewMessage {
  ord: number;
  ws: string;
  id: string;
  conv: string;
  ch: string;
  idn: string | null;
  direction: 'inbound' | 'outbound';
  author: string;
  ct: string;
  content: unknown;
  sender: string | null;
  recipient: string | null;
  ext: string | null;
  reply: string | null;
  grp: string | null;
  meta: unknown;
  jid: string;
  jno: number;
  at: string;
  evt: string;
  data: unknown;
  /** Files that the provider has and that are to be fetched. `place`: where in the content. */
  files?: WantedFile[];
}
export interface WantedFile {
  id: string;
  place: readonly string[];
  source: Media;
}

/** The files of messages `x`, to be fetched once this has committed. */
const WANTED = `insert into media (workspace_id, id, state, channel_id, message_id, place, source)
        select x.ws, y.id, 'wanted', x.ch, x.id, array(select json_array_elements_text(y.place)), y.source`;
const FILES = 'cross join lateral json_to_recordset(x.files) as y(id uuid, place json, source jsonb)';

/**
 * Writes messages and the events that tell of them. The join makes sure that every conversation is really there (the ids may come from memory);
 * answers how many were stored, and the caller compares: a difference means that memory was stale.
 */
export async function insertMessages(tx: Tx, messages: string): Promise<number> {
  const stored = await tx.query<{ stored: number }>({
    name: 'accept-messages',
    text: `with x as materialized (
        select * from json_to_recordset($1::json) as x(ord int, ws uuid, id uuid, conv uuid, ch uuid, idn uuid, direction text, author text, ct text,
          content jsonb, sender text, recipient text, ext text, reply text, grp text, meta jsonb, jid uuid, jno smallint, at timestamptz, evt text, data jsonb, files json)
      ), m as (
        insert into messages (workspace_id, id, conversation_id, channel_id, identity_id, direction, author, content_type, content, sender, recipient,
          external_id, reply_to, group_key, metadata, journal_id, journal_no, said_at)
        select x.ws, x.id, x.conv, x.ch, x.idn, x.direction, x.author, x.ct, x.content, x.sender, x.recipient, x.ext, x.reply, x.grp, x.meta, x.jid, x.jno, x.at
        from x join conversations c on c.workspace_id = x.ws and c.id = x.conv
        order by x.ord
        returning 1
      ), e as (
        insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
        select x.ws, x.evt, x.id, x.ch, x.conv, x.data from x order by x.ord
      ), f as (
        ${WANTED} from x ${FILES}
      )
      select count(*)::int as stored from m`,
    values: [messages],
  });
  return stored.rows[0]?.stored ?? 0;
}

/**
 * The whole accepting transaction as one statement, for messages whose people and conversations are known: journal, dedupe, messages, events. A
 * key seen before leaves its message out. Should a conversation be missing, the statement fails with SQLSTATE 22012 and nothing is written.
 */
export async function insertKnown(
  db: Tx,
  pages: readonly JournalPage[],
  messages: readonly (NewMessage & { key: string })[],
): Promise<void> {
  await db.query({
    name: 'accept-known',
    text: `with page as (
        insert into journal (workspace_id, id, channel_id, verdict, error, requests, adapter, page)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::bytea[])
      ), x as materialized (
        select * from json_to_recordset($9::json) as x(ord int, ws uuid, id uuid, conv uuid, ch uuid, idn uuid, direction text, author text, ct text,
          content jsonb, sender text, recipient text, ext text, reply text, grp text, meta jsonb, jid uuid, jno smallint, at timestamptz, evt text, data jsonb, files json, key uuid)
      ), s as (
        insert into seen (workspace_id, channel_id, key, subject_id)
        select x.ws, x.ch, x.key, x.id from x order by x.ws, x.ch, x.key
        on conflict do nothing
        returning subject_id
      ), m as (
        insert into messages (workspace_id, id, conversation_id, channel_id, identity_id, direction, author, content_type, content, sender, recipient,
          external_id, reply_to, group_key, metadata, journal_id, journal_no, said_at)
        select x.ws, x.id, x.conv, x.ch, x.idn, x.direction, x.author, x.ct, x.content, x.sender, x.recipient, x.ext, x.reply, x.grp, x.meta, x.jid, x.jno, x.at
        from x join s on s.subject_id = x.id
        cross join lateral (select 1 from conversations c where c.workspace_id = x.ws and c.id = x.conv limit 1) c
        order by x.ord
        returning 1
      ), e as (
        insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
        select x.ws, x.evt, x.id, x.ch, x.conv, x.data from x join s on s.subject_id = x.id order by x.ord
      ), f as (
        ${WANTED} from x join s on s.subject_id = x.id ${FILES}
      )
      select 1 / (case when (select count(*) from s) = (select count(*) from m) then 1 else 0 end) as whole`,
    values: [...pageColumns(pages), cleanJson(messages)],
  });
}

/** The numbered choices that are open for these people. */
export async function openChoices(
  tx: Tx,
  identities: readonly { ws: string; idn: string }[],
): Promise<Map<string, OpenChoices>> {
  const found = await tx.query<{ id: string; choices: OpenChoices }>({
    name: 'accept-choices',
    text: `select replace(i.id::text, '-', '') as id, i.choices
      from json_to_recordset($1::json) as x(ws uuid, idn uuid)
      join identities i on i.workspace_id = x.ws and i.id = x.idn
      where i.choices is not null and (i.choices->>'until')::timestamptz > now()`,
    values: [JSON.stringify(identities)],
  });
  return new Map(found.rows.map((row) => [row.id, row.choices]));
}
export interface OpenChoices {
  messageId: string;
  choices: { number: number; text: string; payload: string }[];
  until: string;
}

/** Closes the choices that were answered. */
export async function closeChoices(tx: Tx, identities: readonly { ws: string; idn: string }[]): Promise<void> {
  await tx.query(
    `update identities i set choices = null
     from (select * from json_to_recordset($1::json) as x(ws uuid, idn uuid) order by ws, idn) x
     where i.workspace_id = x.ws and i.id = x.idn`,
    [JSON.stringify(identities)],
  );
}

/** Adds events of other kinds: profile changes, calls, referrals, template states. */
export async function insertEvents(tx: Tx, events: string): Promise<void> {
  await tx.query({
    name: 'accept-events',
    text: `insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
      select ws, type, subject, ch, conv, data from json_to_recordset($1::json) as x(ord int, ws uuid, type text, subject uuid, ch uuid, conv uuid, data jsonb)
      order by ord`,
    values: [events],
  });
}

/** Adds to the counts of what the door turned away. */
export async function addDrops(
  tx: Tx,
  drops: readonly { ws: string; ch: string; reason: string; count: number }[],
): Promise<void> {
  await tx.query(
    `insert into drops (workspace_id, channel_id, reason, day, count)
     select ws, ch, reason, current_date, count from json_to_recordset($1::json) as x(ws uuid, ch uuid, reason text, count bigint)
     order by 1, 2, 3
     on conflict (workspace_id, channel_id, reason, day) do update set count = drops.count + excluded.count, last_at = now()`,
    [JSON.stringify(drops)],
  );
}
