-- Some requests are journalled and answered first, and read afterwards: mail, what is large. Their pages wait as `pending`. `attempts` counts
-- readings that began, so that a page which ends the process is given up in the end.
alter table journal drop constraint journal_verdict_check;
alter table journal add constraint journal_verdict_check check (verdict in ('accepted', 'pending', 'unparsed', 'unaccepted')) not valid;
alter table journal add column attempts smallint not null default 0;
alter table journal add column lease_until timestamptz not null default '-infinity';
create index journal_pending on journal (received_at) where verdict = 'pending';

-- Where a channel that fetches its requests itself has come to, and which process does it. The cursor is saved with what was fetched.
create table listeners (
  workspace_id uuid not null,
  channel_id uuid not null,
  cursor text,
  lease_token uuid,
  lease_until timestamptz not null default '-infinity',
  primary key (workspace_id, channel_id)
);
