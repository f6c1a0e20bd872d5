-- The journal. space_id leads every key, so that spaces can be spread over several machines.

-- One row a space. Its lock, held until the commit, is what makes seq gapless and equal to commit order.
create table journal_heads (
  space_id integer primary key,
  seq bigint not null
) with (fillfactor = 50);

-- event is json, not jsonb: written 1.5 times as fast, read whole, and it takes every string that JSON can say.
-- at grows with seq in a space, so old events are found by the primary key: it needs no index of its own.
create table journal_events (
  space_id integer not null,
  seq bigint not null,
  stream text not null,
  version integer not null,
  -- Tells an append, whose commit was not answered, from one by somebody else.
  append_id bigint not null,
  at timestamptz not null default now(),
  event json not null,
  primary key (space_id, seq),
  unique (space_id, stream, version)
);

-- How far a follower has come. Whoever holds the row's lock moves it.
create table journal_cursors (
  space_id integer not null,
  name text not null,
  seq bigint not null,
  primary key (space_id, name)
) with (fillfactor = 50);
