-- The call that is open with a person, if one is: {id, since, openedAt, until}. `since` is the place in the log after which its words lie.
alter table identities add column call jsonb;
