-- How the sender wants a closed window met, under which tag, for which purpose: what the worker has to know beside the content.
alter table deliveries add column options jsonb;
-- A message that waits for its person to write: out of its lane (`done`), to be queued again or, after this time, given up.
alter table deliveries add column held_until timestamptz;
create index deliveries_held on deliveries (held_until, workspace_id) where held_until is not null;

-- What follows when a message does not come as far as `until` in time: the next channels to say it on. A row lives until that is decided.
create table failovers (
  workspace_id uuid not null,
  message_id uuid not null,
  until smallint not null,
  steps jsonb not null,
  due_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, message_id)
);
create index failovers_due on failovers (due_at);
