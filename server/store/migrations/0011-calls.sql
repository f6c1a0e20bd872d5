-- Live and past calls as REST shows them; the journal has their events. call: contract/rest/calls.ts, Call.
create table calls (
  space_id int not null,
  id text not null,
  created_at timestamptz not null,
  live bool not null,
  direction text not null,
  queue_id int,
  user_id int,
  call json not null,
  primary key (space_id, id)
);
create unique index calls_id on calls (id);
create index calls_newest_of_space on calls (space_id, created_at desc, id desc);
create index calls_newest on calls (created_at desc, id desc);
-- Live ones are few: found without the past.
create index calls_live on calls (space_id) where live;
