import type { ChannelId, ChannelType, ContactId, IdentityId, WorkspaceId } from '@tributary/protocol';
import { newId, toId, uuidOf } from '@tributary/protocol';
import { cleanJson, type Tx } from './db.ts';
import { Filters, type Page, type PageAsk, type Sort, selectPage } from './page.ts';

/** An address of a contact on one channel. */
export interface IdentityRecord {
  id: IdentityId;
  contactId: ContactId;
  channelId: ChannelId;
  channelType: ChannelType;
  channelStatus: string;
  kind: string;
  value: string;
  profile: Record<string, unknown>;
  consent: 'none' | 'opted_in' | 'opted_out' | 'blocked';
  windowUntil: Date | null;
  lastSeenAt: Date | null;
  /** When they last wrote to us here, in a direct chat. */
  lastInboundAt: Date | null;
}

export interface ContactFields {
  name: string | null;
  email: string | null;
  phone: string | null;
  externalId: string | null;
  avatarUrl: string | null;
  tags: string[];
  customFields: Record<string, unknown>;
  metadata: Record<string, unknown>;
}
export interface ContactRecord extends ContactFields {
  workspaceId: WorkspaceId;
  id: ContactId;
  identities: IdentityRecord[];
  conversationCount: number;
  lastSeenAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}
interface Row {
  workspace_id: string;
  id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  external_id: string | null;
  avatar_url: string | null;
  tags: string[];
  custom_fields: Record<string, unknown>;
  metadata: Record<string, unknown>;
  conversation_count: number;
  last_seen_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const LAST_INBOUND = `(select max(v.last_inbound_at) from conversations v where v.workspace_id = c.workspace_id and v.contact_id = c.id)`;
const COLUMNS = `c.workspace_id, c.id, c.name, c.email, c.phone, c.external_id, c.avatar_url, c.tags, c.custom_fields, c.metadata,
  (select count(*)::int from conversations v where v.workspace_id = c.workspace_id and v.contact_id = c.id) as conversation_count,
  greatest(c.last_seen_at, ${LAST_INBOUND}) as last_seen_at, c.created_at, c.updated_at`;
/** A contact that was deleted is back, blank, once the person writes again. */
const ALIVE = `c.merged_into is null and (c.deleted_at is null or ${LAST_INBOUND} > c.deleted_at)`;

const readRow = (row: Row): ContactRecord => ({
  workspaceId: toId('workspace', row.workspace_id),
  id: toId('contact', row.id),
  name: row.name,
  email: row.email,
  phone: row.phone,
  externalId: row.external_id,
  avatarUrl: row.avatar_url,
  tags: row.tags,
  customFields: row.custom_fields,
  metadata: row.metadata,
  identities: [],
  conversationCount: row.conversation_count,
  lastSeenAt: row.last_seen_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export interface ContactFilter {
  search?: string;
  email?: string;
  phone?: string;
  externalId?: string;
  tags?: string[];
  channelType?: string[];
}
export const CONTACT_SORTS = {
  name: { by: `lower(coalesce(c.name, ''))`, type: 'text' },
  createdAt: { by: 'c.created_at', type: 'timestamptz' },
  lastSeenAt: { by: `coalesce(greatest(c.last_seen_at, ${LAST_INBOUND}), c.created_at)`, type: 'timestamptz' },
} as const satisfies Record<string, Omit<Sort, 'descending'>>;

export async function listContacts(
  tx: Tx,
  workspaceId: WorkspaceId,
  filter: ContactFilter,
  sort: Sort,
  ask: PageAsk,
): Promise<Page<ContactRecord>> {
  const filters = new Filters()
    .add('c.workspace_id = ?', uuidOf(workspaceId))
    .always(ALIVE)
    .maybe('lower(c.email) = lower(?)', filter.email)
    .maybe('c.phone = ?', filter.phone)
    .maybe('c.external_id = ?', filter.externalId)
    .maybe('c.tags @> ?', filter.tags)
    .maybe(`strpos(lower(concat_ws(' ', c.name, c.email, c.phone, c.external_id)), lower(?)) > 0`, filter.search)
    .maybe(
      `exists (select 1 from identities i join channels ch on ch.workspace_id = i.workspace_id and ch.id = i.channel_id
        where i.workspace_id = c.workspace_id and i.contact_id = c.id and ch.type = any(?))`,
      filter.channelType,
    );
  const page = await selectPage<Row, ContactRecord>(
    tx,
    { columns: COLUMNS, from: 'contacts c', filters, sort, id: 'c.id', ask },
    readRow,
  );
  await addIdentities(tx, workspaceId, page.rows);
  return page;
}

/** These contacts, by id; those that are gone are missing. */
export async function readContacts(
  tx: Tx,
  workspaceId: WorkspaceId,
  ids: readonly ContactId[],
): Promise<Map<ContactId, ContactRecord>> {
  if (ids.length === 0) return new Map();
  const found = await tx.query<Row>(
    `select ${COLUMNS} from contacts c where c.workspace_id = $1 and c.id = any($2) and ${ALIVE}`,
    [uuidOf(workspaceId), ids.map(uuidOf)],
  );
  const contacts = found.rows.map(readRow);
  await addIdentities(tx, workspaceId, contacts);
  return new Map(contacts.map((contact) => [contact.id, contact]));
}

export async function readContact(tx: Tx, workspaceId: WorkspaceId, id: ContactId): Promise<ContactRecord | undefined> {
  return (await readContacts(tx, workspaceId, [id])).get(id);
}

/** Keeps the contact as it is until the transaction ends; false when there is none. */
export async function lockContact(tx: Tx, workspaceId: WorkspaceId, id: ContactId): Promise<boolean> {
  const found = await tx.query('select 1 from contacts where workspace_id = $1 and id = $2 for update', [
    uuidOf(workspaceId),
    uuidOf(id),
  ]);
  return found.rows.length > 0;
}

async function addIdentities(tx: Tx, workspaceId: WorkspaceId, contacts: readonly ContactRecord[]): Promise<void> {
  if (contacts.length === 0) return;
  const found = await tx.query<{
    id: string;
    contact_id: string;
    channel_id: string;
    type: ChannelType;
    status: string;
    kind: string;
    value: string;
    profile: Record<string, unknown>;
    consent: IdentityRecord['consent'];
    window_until: Date | null;
    last_seen_at: Date | null;
    last_inbound_at: Date | null;
  }>(
    `select i.id, i.contact_id, i.channel_id, ch.type, case when ch.deleted_at is null then ch.status else 'inactive' end as status,
       i.kind, i.value, i.profile, i.consent, i.window_until, i.last_seen_at,
       (select max(v.last_inbound_at) from conversations v where v.workspace_id = i.workspace_id and v.contact_id = i.contact_id
          and v.identity_id = i.id) as last_inbound_at
     from identities i join channels ch on ch.workspace_id = i.workspace_id and ch.id = i.channel_id
     where i.workspace_id = $1 and i.contact_id = any($2) order by i.id`,
    [uuidOf(workspaceId), contacts.map((contact) => uuidOf(contact.id))],
  );
  const byId = new Map(contacts.map((contact) => [contact.id, contact]));
  for (const row of found.rows) {
    byId.get(toId('contact', row.contact_id))?.identities.push({
      id: toId('identity', row.id),
      contactId: toId('contact', row.contact_id),
      channelId: toId('channel', row.channel_id),
      channelType: row.type,
      channelStatus: row.status,
      kind: row.kind,
      value: row.value,
      profile: row.profile,
      consent: row.consent,
      windowUntil: row.window_until,
      lastSeenAt: row.last_seen_at,
      lastInboundAt: row.last_inbound_at,
    });
  }
}

/** Writes a contact and its timeline. */
export async function insertContact(tx: Tx, workspaceId: WorkspaceId, fields: ContactFields): Promise<ContactId> {
  const id = newId('contact');
  await tx.query(
    `with made as (
       insert into contacts (workspace_id, id, name, email, phone, external_id, avatar_url, tags, custom_fields, metadata)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     )
     insert into timelines (workspace_id, id, contact_id) values ($1, $11, $2)`,
    [...columns(workspaceId, id, fields), uuidOf(newId('timeline'))],
  );
  return id;
}

/** Writes every field of a contact. One that was deleted and came back by writing is alive from now on. */
export async function updateContact(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: ContactId,
  fields: ContactFields,
): Promise<void> {
  await tx.query(
    `update contacts set name = $3, email = $4, phone = $5, external_id = $6, avatar_url = $7, tags = $8, custom_fields = $9,
       metadata = $10, deleted_at = null, updated_at = now()
     where workspace_id = $1 and id = $2`,
    columns(workspaceId, id, fields),
  );
}

const columns = (workspaceId: WorkspaceId, id: ContactId, fields: ContactFields): unknown[] => [
  uuidOf(workspaceId),
  uuidOf(id),
  fields.name,
  fields.email,
  fields.phone,
  fields.externalId,
  fields.avatarUrl,
  fields.tags,
  cleanJson(fields.customFields),
  cleanJson(fields.metadata),
];

/** Takes away everything that names the person. Identities stay: a message from the same address must still find its conversation. */
export async function deleteContact(tx: Tx, workspaceId: WorkspaceId, id: ContactId): Promise<void> {
  await tx.query(
    `update contacts set name = null, email = null, phone = null, external_id = null, avatar_url = null, tags = '{}',
       custom_fields = '{}', metadata = '{}', deleted_at = now(), updated_at = now()
     where workspace_id = $1 and id = $2`,
    [uuidOf(workspaceId), uuidOf(id)],
  );
  await tx.query(`update identities set profile = '{}' where workspace_id = $1 and contact_id = $2`, [
    uuidOf(workspaceId),
    uuidOf(id),
  ]);
}

/** Gives a contact an address on a channel. False when somebody else has it, or came first. */
export async function insertIdentity(
  tx: Tx,
  identity: {
    workspaceId: WorkspaceId;
    contactId: ContactId;
    channelId: ChannelId;
    addresses: readonly { kind: string; value: string }[];
    profile: Record<string, unknown>;
  },
): Promise<boolean> {
  const { workspaceId, channelId, addresses } = identity;
  const id = newId('identity');
  const claimed = await tx.query(
    `insert into addresses (workspace_id, channel_id, kind, value, identity_id)
     select $1, $2, x.kind, x.value, $3 from json_to_recordset($4::json) as x(kind text, value text)
     order by x.kind collate "C", x.value collate "C" on conflict do nothing`,
    [uuidOf(workspaceId), uuidOf(channelId), uuidOf(id), JSON.stringify(addresses)],
  );
  if (claimed.rowCount !== addresses.length) return false;
  const first = addresses[0]!;
  await tx.query(
    `insert into identities (workspace_id, id, contact_id, channel_id, kind, value, profile) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      uuidOf(workspaceId),
      uuidOf(id),
      uuidOf(identity.contactId),
      uuidOf(channelId),
      first.kind,
      first.value,
      cleanJson(identity.profile),
    ],
  );
  return true;
}
