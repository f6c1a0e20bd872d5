-- Whom a push is about that holds reports of several attempts, to find it by. Pushes about one call name it themselves.
create table push_calls (
  space_id int not null,
  push_id bigint not null,
  call_id text not null,
  number text not null
);
create index push_calls_push on push_calls (space_id, push_id);
create index push_calls_call on push_calls (space_id, call_id);
create index push_calls_number on push_calls (space_id, number);
