create table extensions (
  space_id int not null constraint extensions_space references spaces,
  id int generated always as identity,
  number text not null,
  type text not null check (type in ('phone', 'queue', 'route')),
  -- phone
  user_id int,
  sandbox boolean not null default false,
  forward_always text,
  forward_busy text,
  forward_no_answer text,
  do_not_disturb boolean not null default false,
  sip_username text,
  -- In the clear: the voice engine checks the phone's digest with it. Shown once, never logged.
  sip_password text,
  -- queue
  queue_id int,
  -- route
  trunk_id int,
  route_to text,
  primary key (space_id, id),
  constraint extensions_number_taken unique (space_id, number),
  -- A user's phone is his extension: he has one.
  constraint extensions_user_taken unique (space_id, user_id),
  constraint extensions_user foreign key (space_id, user_id) references users on delete set null (user_id),
  constraint extensions_queue foreign key (space_id, queue_id) references queues,
  constraint extensions_trunk foreign key (space_id, trunk_id) references trunks,
  check ((type = 'queue') = (queue_id is not null)),
  check ((type = 'route') = (trunk_id is not null and route_to is not null)),
  check ((sip_username is null) = (sip_password is null))
);
create unique index extensions_id on extensions (id);
create unique index extensions_sip_username on extensions (sip_username);
create index extensions_queue on extensions (space_id, queue_id);
create index extensions_trunk on extensions (space_id, trunk_id);
