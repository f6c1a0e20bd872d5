-- The built-in receiver, a space at most one: it shows a newcomer his pushes. Unlogged: they are copies, and a crash may
-- empty it.
create table inboxes (
  space_id int primary key references spaces on delete cascade,
  token text not null unique
);
create unlogged table inbox_requests (
  space_id int not null,
  id bigint generated always as identity,
  at timestamptz not null default now(),
  headers json not null,
  body text not null,
  primary key (space_id, id)
);
