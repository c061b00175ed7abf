-- People sign in with a password; a member made by an invitation that was not taken up yet has none.
alter table members add column password text;
create index members_email on members (lower(email));

-- Who is signed in where. The cookie holds the secret, the row its hash.
create table sessions (
  workspace_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  hash bytea not null,
  agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (workspace_id, id)
);
-- A session is looked up before its workspace is known.
create unique index sessions_hash on sessions (hash);

-- One-time links: the first run's, and those that bring further people in.
create table invitations (
  workspace_id uuid not null,
  id uuid not null,
  hash bytea not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (workspace_id, id)
);
create unique index invitations_hash on invitations (hash);
