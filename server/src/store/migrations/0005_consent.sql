-- What people said about hearing from us, and what providers told us they had said: kept word for word, never changed. What is allowed now follows
-- from it; identities.consent holds it for what concerns everything. A row belongs to an identity, and so to whoever the identity belongs to.

create table consents (
  workspace_id uuid not null,
  id uuid not null,
  identity_id uuid not null,
  channel_id uuid not null,
  state text not null check (state in ('opted_in', 'opted_out', 'blocked', 'unblocked', 'help_asked')),
  -- What it is about: `marketing`. Null: everything.
  purpose text,
  -- The word it was said by: STOP.
  word text,
  -- person: said so. provider: refused a message because they had. before: kept from before this ledger.
  source text not null check (source in ('person', 'provider', 'before')),
  -- The evidence: the raw request it was read from, or the delivery that was refused and the provider's code.
  journal_id uuid,
  journal_no smallint,
  delivery_id uuid,
  provider_code text,
  said_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index consents_identity on consents (workspace_id, identity_id, said_at desc, id desc);

insert into consents (workspace_id, id, identity_id, channel_id, state, source, said_at)
select workspace_id, gen_random_uuid(), id, channel_id, consent, 'before', coalesce(last_seen_at, created_at)
from identities where consent <> 'none';
