create table trunks (
  space_id int not null constraint trunks_space references spaces,
  id int generated always as identity,
  name text not null,
  type text not null check (type in ('sip', 'sandbox')),
  host text,
  port int not null,
  username text,
  -- In the clear: the voice engine answers the carrier's digest challenge with it. Never returned, never logged.
  password text,
  match_addresses text[] not null,
  outbound boolean not null,
  max_calls int,
  calls_per_second int not null,
  primary key (space_id, id),
  constraint trunks_name_taken unique (space_id, name)
);
create unique index trunks_id on trunks (id);

-- extension_number is a number, not a reference: a route extension needs its trunk first, so the trunk cannot need it.
create table dids (
  space_id int not null,
  trunk_id int not null,
  number text not null,
  extension_number text not null,
  position int not null,
  constraint dids_number_taken primary key (space_id, trunk_id, number),
  foreign key (space_id, trunk_id) references trunks on delete cascade
);
