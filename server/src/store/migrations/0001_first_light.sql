-- Every primary and unique key begins with workspace_id, so that rows can be distributed by it later. Ids are UUIDv7.
-- Delivery states are ranks of protocol/delivery.ts: 0 queued, 1 sending, 2 unknown, 3 sent, 4 failed, 5 delivered, 6 read.

-- Who and where -------------------------------------------------------------------------------------------------

create table workspaces (
  id uuid primary key,
  name text not null,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);

create table members (
  workspace_id uuid not null,
  id uuid not null,
  name text not null,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, email)
);

create table api_keys (
  workspace_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('api', 'app', 'account')),
  name text not null,
  hash bytea not null,
  secret bytea,
  preview text not null,
  permissions text[] not null default '{admin}',
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
-- A key is looked up before its workspace is known.
create index api_keys_hash on api_keys (hash);

create table bots (
  workspace_id uuid not null,
  id uuid not null,
  name text not null,
  kind text not null check (kind in ('echo', 'menu', 'webhook')),
  status text not null default 'active' check (status in ('active', 'inactive', 'draft')),
  config bytea not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, name)
);

create table inboxes (
  workspace_id uuid not null,
  id uuid not null,
  name text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, name)
);

create table routes (
  workspace_id uuid not null,
  id uuid not null,
  name text not null default '',
  triggers jsonb not null,
  priority integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table channels (
  workspace_id uuid not null,
  id uuid not null,
  type text not null,
  name text not null,
  account text not null,
  config bytea not null,
  status text not null default 'connecting' check (status in ('connecting', 'active', 'inactive', 'error')),
  error text,
  metadata jsonb not null default '{}',
  default_bot_id uuid,
  default_inbox_id uuid,
  paused_until timestamptz,
  last_inbound_at timestamptz,
  last_outbound_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id)
);
-- The webhook door knows a channel's id, or its type and account, before its workspace.
create index channels_id on channels (id);
create index channels_account on channels (type, account);
create index channels_updated on channels (updated_at);

create table contacts (
  workspace_id uuid not null,
  id uuid not null,
  name text,
  email text,
  phone text,
  external_id text,
  avatar_url text,
  tags text[] not null default '{}',
  custom_fields jsonb not null default '{}',
  metadata jsonb not null default '{}',
  merged_into uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_seen_at timestamptz,
  deleted_at timestamptz,
  primary key (workspace_id, id)
);
create index contacts_phone on contacts (workspace_id, phone) where phone is not null;
create index contacts_email on contacts (workspace_id, lower(email)) where email is not null;
create index contacts_external on contacts (workspace_id, external_id) where external_id is not null;

create table timelines (
  workspace_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  holder jsonb,
  variables jsonb not null default '{}',
  preferred_identity_id uuid,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index timelines_contact on timelines (workspace_id, contact_id);

create table identities (
  workspace_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  channel_id uuid not null,
  kind text not null,
  value text not null,
  profile jsonb not null default '{}',
  window_until timestamptz,
  consent text not null default 'none' check (consent in ('none', 'opted_in', 'opted_out', 'blocked')),
  -- The numbered choices that are open, newest set only: {messageId, choices, until}.
  choices jsonb,
  last_seen_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, channel_id, kind, value)
) with (fillfactor = 80);
create index identities_contact on identities (workspace_id, contact_id);

-- Every name an identity goes by, its aliases included: a number and a business-scoped id are one person.
create table addresses (
  workspace_id uuid not null,
  channel_id uuid not null,
  kind text not null,
  value text not null,
  identity_id uuid not null,
  primary key (workspace_id, channel_id, kind, value)
);

create table conversations (
  workspace_id uuid not null,
  id uuid not null,
  channel_id uuid not null,
  thread_key text not null,
  kind text not null check (kind in ('direct', 'group')),
  title text,
  timeline_id uuid,
  identity_id uuid,
  contact_id uuid,
  status text not null default 'open' check (status in ('open', 'pending', 'resolved', 'snoozed')),
  assignee_id uuid,
  assigned_at timestamptz,
  inbox_id uuid,
  tags text[] not null default '{}',
  priority text not null default 'normal',
  snoozed_until timestamptz,
  metadata jsonb not null default '{}',
  unread_count integer not null default 0,
  message_count bigint not null default 0,
  last_message_id uuid,
  last_message_at timestamptz,
  last_inbound_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, channel_id, thread_key)
) with (fillfactor = 80);
create index conversations_recent on conversations (workspace_id, last_message_at desc nulls last, id desc);
create index conversations_contact on conversations (workspace_id, contact_id, last_message_at desc nulls last);
create index conversations_timeline on conversations (workspace_id, timeline_id);

create table participants (
  workspace_id uuid not null,
  conversation_id uuid not null,
  identity_id uuid not null,
  joined_at timestamptz not null default now(),
  primary key (workspace_id, conversation_id, identity_id)
);

-- What was said -------------------------------------------------------------------------------------------------

-- An outbound message's status is its delivery's; the row itself changes only by edits and erasure.
create table messages (
  workspace_id uuid not null,
  id uuid not null,
  conversation_id uuid not null,
  channel_id uuid not null,
  -- Inbound: who wrote. Outbound to a person: who it is for. Null only for posts into groups.
  identity_id uuid,
  direction text not null check (direction in ('inbound', 'outbound')),
  author text not null check (author in ('contact', 'agent', 'bot', 'system', 'api')),
  author_id uuid,
  content_type text not null,
  content jsonb not null,
  sender text,
  recipient text,
  external_id text,
  reply_to text,
  group_key text,
  metadata jsonb not null default '{}',
  journal_id uuid,
  journal_no smallint,
  said_at timestamptz not null,
  created_at timestamptz not null default now(),
  edited_at timestamptz,
  versions jsonb,
  erased_at timestamptz,
  primary key (workspace_id, id)
);
create index messages_conversation on messages (workspace_id, conversation_id, id desc);

create sequence deliveries_seq cache 1;
create table deliveries (
  workspace_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  conversation_id uuid not null,
  channel_id uuid not null,
  identity_id uuid,
  lane_id uuid not null,
  seq bigint not null default nextval('deliveries_seq'),
  state smallint not null default 0,
  -- Done means the worker has nothing more to do with it; receipts may still raise its state.
  done boolean not null default false,
  attempts integer not null default 0,
  resends integer not null default 0,
  on_unknown text,
  -- Parts before this one are sent; set in the claim and after every part.
  next_request integer not null default 0,
  requests integer,
  attempt_at timestamptz,
  error jsonb,
  losses jsonb,
  -- Payloads too long for the channel, by the short key that went in their place and that a tap brings back.
  payloads jsonb,
  waits jsonb,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  failed_at timestamptz,
  primary key (workspace_id, id)
) with (fillfactor = 70);
create index deliveries_lane on deliveries (workspace_id, lane_id, seq) where not done;
create index deliveries_message on deliveries (workspace_id, message_id);
-- A read watermark means everything sent to the identity before it.
create index deliveries_watermark on deliveries (workspace_id, identity_id, sent_at) where state in (3, 5);

-- One provider request of a delivery: what was asked, what the provider called it, how far it came.
create table delivery_parts (
  workspace_id uuid not null,
  delivery_id uuid not null,
  no smallint not null,
  channel_id uuid not null,
  part_key text not null,
  external_id text,
  more_external_ids text[],
  state smallint not null,
  request jsonb,
  answer jsonb,
  error jsonb,
  attempt_at timestamptz not null default now(),
  primary key (workspace_id, delivery_id, no)
) with (fillfactor = 80);
create index delivery_parts_external on delivery_parts (workspace_id, channel_id, external_id) where external_id is not null;

create table lanes (
  workspace_id uuid not null,
  -- delivery: one an identity (or a group's conversation) on its channel. turn: one a conversation with a bot.
  kind text not null check (kind in ('delivery', 'turn')),
  id uuid not null,
  channel_id uuid not null,
  pending integer not null,
  ready_at timestamptz not null default now(),
  lease_token uuid,
  lease_until timestamptz not null default '-infinity',
  primary key (workspace_id, kind, id)
) with (fillfactor = 50);
create index lanes_ready on lanes (kind, ready_at) where pending > 0;

-- A bot's turn to answer, for bots that live behind a webhook.
create sequence turns_seq cache 1;
create table turns (
  workspace_id uuid not null,
  id uuid not null,
  lane_id uuid not null,
  seq bigint not null default nextval('turns_seq'),
  bot_id uuid not null,
  conversation_id uuid not null,
  message_id uuid not null,
  done boolean not null default false,
  attempts integer not null default 0,
  error text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (workspace_id, id)
);
create index turns_lane on turns (workspace_id, lane_id, seq) where not done;

-- Every piece of evidence, kept. delivery_id is null until it is known what it speaks of.
create table receipts (
  workspace_id uuid not null,
  id uuid not null,
  channel_id uuid not null,
  external_id text,
  part_key text,
  delivery_id uuid,
  part_no smallint,
  state smallint not null,
  error jsonb,
  at timestamptz not null,
  received_at timestamptz not null default now(),
  journal_id uuid,
  journal_no smallint,
  -- An echo that may be our own words: the message it becomes if it turns out not to be.
  echo jsonb,
  primary key (workspace_id, id)
);
create index receipts_waiting on receipts (workspace_id, channel_id, external_id) where delivery_id is null;
create index receipts_waiting_since on receipts (received_at) where delivery_id is null;
create index receipts_delivery on receipts (workspace_id, delivery_id) where delivery_id is not null;

-- Dedupe, and nothing else is. key: the first 128 bits of SHA-256 of the adapter's key. subject_id: the message or event it became.
create table seen (
  workspace_id uuid not null,
  channel_id uuid not null,
  key uuid not null,
  subject_id uuid not null,
  primary key (workspace_id, channel_id, key)
);

-- Raw requests: a page holds those of one workspace in one batch, deflated and sealed. accepted pages hold many; others hold one.
create table journal (
  workspace_id uuid not null,
  id uuid not null,
  channel_id uuid,
  verdict text not null check (verdict in ('accepted', 'unparsed', 'unaccepted')),
  error text,
  requests integer not null,
  adapter text,
  page bytea not null,
  received_at timestamptz not null default now(),
  primary key (workspace_id, id, received_at)
) partition by range (received_at);
create index journal_faults on journal (workspace_id, received_at desc) where verdict <> 'accepted';

-- What follows --------------------------------------------------------------------------------------------------

-- Outbox and history. Readers order by (xid, seq) and stop below pg_snapshot_xmin(pg_current_snapshot()), so a row committed late is never skipped.
create sequence events_seq cache 1;
create table events (
  workspace_id uuid not null,
  seq bigint not null default nextval('events_seq'),
  xid xid8 not null default pg_current_xact_id(),
  type text not null,
  subject_id uuid,
  channel_id uuid,
  conversation_id uuid,
  data jsonb not null default '{}',
  at timestamptz not null default now()
) partition by range (at);
-- Its place in the log is its name: no primary key, which would be a third index on the hottest table.
create index events_order on events (xid, seq);
create index events_subject on events (workspace_id, subject_id);

-- How far each reader of the log has come.
create table cursors (
  name text primary key,
  xid xid8 not null default '0',
  seq bigint not null default 0,
  lease_token uuid,
  lease_until timestamptz not null default '-infinity',
  updated_at timestamptz not null default now()
);

create table idempotency_keys (
  workspace_id uuid not null,
  key text not null,
  request_hash bytea not null,
  status integer,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (workspace_id, key)
);

-- What the door turned away without storing it, counted: wrong account, wrong signature at a known channel.
create table drops (
  workspace_id uuid not null,
  channel_id uuid not null,
  reason text not null,
  day date not null,
  count bigint not null,
  last_at timestamptz not null default now(),
  primary key (workspace_id, channel_id, reason, day)
);

create table audit (
  workspace_id uuid not null,
  id uuid not null,
  actor text not null,
  action text not null,
  subject text,
  detail jsonb not null default '{}',
  at timestamptz not null default now(),
  primary key (workspace_id, id)
);

-- Days are made ahead of time; these catch what a jumping clock dates elsewhere, so that it can never stop intake.
create table events_default partition of events default;
create table journal_default partition of journal default;
