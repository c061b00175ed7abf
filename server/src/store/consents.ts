import type {
  ChannelId,
  ConsentId,
  ContactId,
  DeliveryId,
  IdentityId,
  JournalId,
  WorkspaceId,
} from '@tributary/protocol';
import { newUuid, toId, uuidOf } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';
import { Filters, type Page, type PageAsk, type Sort, selectPage } from './page.ts';

/** What may be said about hearing from us. A block is the provider's, and its end ends the block and nothing else: a STOP before it stays. Asking for help changes nothing. */
export type ConsentWord = 'opted_in' | 'opted_out' | 'blocked' | 'unblocked' | 'help_asked';
/** What follows from all that was said. */
export type Consent = 'none' | 'opted_in' | 'opted_out' | 'blocked';

/** Something to be written into the ledger. Ids are uuids in hex. */
export interface NewConsent {
  ws: string;
  id: string;
  idn: string;
  ch: string;
  state: ConsentWord;
  purpose?: string;
  word?: string;
  source: 'person' | 'provider';
  at: string;
  jid?: string | null;
  jno?: number | null;
  delivery?: string;
  code?: string;
}

/**
 * What is allowed for a purpose: a block first that neither its end nor an opt-in has ended, then the newest word about everything or about that purpose. What only a provider says
 * counts from `heardAt` on; where the ledger is silent, the identity itself speaks. All are SQL expressions; `purpose` may be null, for everything.
 */
const derived = (ws: string, identity: string, purpose: string, heardAt = "'-infinity'::timestamptz"): string => {
  const words = `from consents c where c.workspace_id = ${ws} and c.identity_id = ${identity} and (c.source <> 'provider' or c.said_at > ${heardAt})`;
  return `coalesce(
    (select b.state from (select c.state ${words} and c.purpose is null and c.state in ('blocked', 'unblocked', 'opted_in')
       order by c.said_at desc, c.id desc limit 1) b where b.state = 'blocked'),
    (select c.state ${words} and (c.purpose is null or c.purpose = ${purpose}) and c.state in ('opted_in', 'opted_out')
       order by c.said_at desc, c.id desc limit 1),
    (select i.consent from identities i where i.workspace_id = ${ws} and i.id = ${identity}
       and not exists (select from consents c where c.workspace_id = ${ws} and c.identity_id = ${identity})),
    'none')`;
};

/** What an identity allows, for a purpose where one is named, to those who last heard of it at `heardAt`. */
export async function readConsent(
  tx: Tx,
  ws: string,
  identity: string,
  { purpose, heardAt }: { purpose?: string; heardAt?: Date } = {},
): Promise<Consent> {
  const found = await tx.query<{ state: Consent }>(
    `select ${derived('$1', '$2', '$3::text', "coalesce($4::timestamptz, '-infinity')")} as state`,
    [ws, identity, purpose ?? null, heardAt ?? null],
  );
  return found.rows[0]!.state;
}

/** Writes into the ledger, and onto the identities what follows for everything. */
export async function appendConsents(tx: Tx, entries: readonly NewConsent[]): Promise<void> {
  if (entries.length === 0) return;
  const json = cleanJson(entries);
  await tx.query({
    name: 'consents-append',
    text: `insert into consents (workspace_id, id, identity_id, channel_id, state, purpose, word, source, journal_id, journal_no, delivery_id, provider_code, said_at)
      select ws, id, idn, ch, state, purpose, word, source, jid, jno, delivery, code, at
      from json_to_recordset($1::json) as x(ws uuid, id uuid, idn uuid, ch uuid, state text, purpose text, word text, source text, jid uuid, jno smallint, delivery uuid, code text, at timestamptz)
      on conflict do nothing`,
    values: [json],
  });
  await tx.query({
    name: 'consents-derive',
    text: `update identities i set consent = now_is.state
      from (select ws, idn, ${derived('ws', 'idn', 'null::text')} as state
        from (select distinct ws, idn from json_to_recordset($1::json) as x(ws uuid, idn uuid) order by ws, idn) x) now_is
      where i.workspace_id = now_is.ws and i.id = now_is.idn and i.consent is distinct from now_is.state`,
    values: [json],
  });
}

/** A delivery that a provider refused because the person does not want to hear from us. */
export interface Refusal {
  ws: string;
  delivery: string;
  state: 'opted_out' | 'blocked';
  purpose?: string;
  code?: string;
  at: string;
  jid?: string | null;
  jno?: number | null;
}

/** Writes down what refusals tell of people, where it is news, with the event of it. Callers hold the deliveries' locks. */
export async function noteRefusals(tx: Tx, refusals: readonly Refusal[]): Promise<void> {
  if (refusals.length === 0) return;
  const found = await tx.query<{ no: number; ch: string; conv: string; idn: string }>(
    `select x.no, replace(d.channel_id::text, '-', '') as ch, replace(d.conversation_id::text, '-', '') as conv, replace(d.identity_id::text, '-', '') as idn
     from json_to_recordset($1::json) as x(no int, ws uuid, delivery uuid, state text, purpose text)
     cross join lateral (select * from deliveries d where d.workspace_id = x.ws and d.id = x.delivery limit 1) d
     where d.identity_id is not null and x.state <> ${derived('x.ws', 'd.identity_id', 'x.purpose')}
     order by x.ws, d.identity_id`,
    [cleanJson(refusals.map((one, no) => ({ ...one, no })))],
  );
  const news = found.rows.map(({ no, ch, conv, idn }) => ({ ...refusals[no]!, ch, conv, idn, id: newUuid() }));
  await appendConsents(
    tx,
    news.map(({ conv: _, ...one }) => ({ ...one, source: 'provider' })),
  );
  if (news.length === 0) return;
  await tx.query(
    `insert into events (workspace_id, type, subject_id, channel_id, conversation_id, data)
     select ws, 'identity.consent', idn, ch, conv, jsonb_strip_nulls(jsonb_build_object('state', state, 'purpose', purpose, 'providerCode', code))
     from json_to_recordset($1::json) as x(ws uuid, idn uuid, ch uuid, conv uuid, state text, purpose text, code text)`,
    [cleanJson(news)],
  );
}

/** One line of the ledger. */
export interface ConsentRecord {
  id: ConsentId;
  identityId: IdentityId;
  channelId: ChannelId;
  identifier: string;
  state: ConsentWord;
  purpose: string | null;
  word: string | null;
  source: 'person' | 'provider' | 'before';
  journal: { id: JournalId; no: number } | null;
  deliveryId: DeliveryId | null;
  providerCode: string | null;
  saidAt: Date;
}
interface Row {
  id: string;
  identity_id: string;
  channel_id: string;
  value: string;
  state: ConsentWord;
  purpose: string | null;
  word: string | null;
  source: ConsentRecord['source'];
  journal_id: string | null;
  journal_no: number | null;
  delivery_id: string | null;
  provider_code: string | null;
  said_at: Date;
}

const NEWEST: Sort = { by: 'c.said_at', type: 'timestamptz', descending: true };

/** The ledger of a contact, over all their addresses, newest first. */
export function listConsents(
  tx: Tx,
  workspaceId: WorkspaceId,
  contactId: ContactId,
  ask: PageAsk,
): Promise<Page<ConsentRecord>> {
  return selectPage<Row, ConsentRecord>(
    tx,
    {
      columns: `c.id, c.identity_id, c.channel_id, i.value, c.state, c.purpose, c.word, c.source, c.journal_id, c.journal_no, c.delivery_id, c.provider_code, c.said_at`,
      from: 'consents c join identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id',
      filters: new Filters().add('c.workspace_id = ?', uuidOf(workspaceId)).add('i.contact_id = ?', uuidOf(contactId)),
      sort: NEWEST,
      id: 'c.id',
      ask,
    },
    (row) => ({
      id: toId('consent', row.id),
      identityId: toId('identity', row.identity_id),
      channelId: toId('channel', row.channel_id),
      identifier: row.value,
      state: row.state,
      purpose: row.purpose,
      word: row.word,
      source: row.source,
      journal: row.journal_id === null ? null : { id: toId('journal', row.journal_id), no: row.journal_no ?? 0 },
      deliveryId: row.delivery_id === null ? null : toId('delivery', row.delivery_id),
      providerCode: row.provider_code,
      saidAt: row.said_at,
    }),
  );
}
