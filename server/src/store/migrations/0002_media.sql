-- Files of messages and files that callers stored. Where the bytes are follows from workspace and id.

create table media (
  workspace_id uuid not null,
  id uuid not null,
  -- wanted: the provider has it, and it is to be fetched. arriving: its bytes are kept, and whatever they are for has not committed yet.
  -- stored: there. failed: not to be had. erased: its bytes are to be removed, and then this row.
  state text not null check (state in ('wanted', 'arriving', 'stored', 'failed', 'erased')),
  channel_id uuid,
  message_id uuid,
  -- Where it stands in the message's content, and how the provider named it there.
  place text[],
  source jsonb,
  mime_type text,
  filename text,
  size bigint,
  -- SHA-256 of the bytes.
  hash bytea,
  error text,
  attempts integer not null default 0,
  ready_at timestamptz not null default now(),
  lease_token uuid,
  lease_until timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  stored_at timestamptz,
  primary key (workspace_id, id)
) with (fillfactor = 80);
-- A signed link names a file before its workspace is known.
create index media_id on media (id);
create index media_work on media (ready_at) where state in ('wanted', 'erased');
create index media_arriving on media (created_at) where state = 'arriving';
create index media_message on media (workspace_id, message_id) where message_id is not null;
