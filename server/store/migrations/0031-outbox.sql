-- Pushes on their way out. A push is written once and never changed; whether it waits is told by outbox, whether it was
-- given up by dead_pushes; one in neither was delivered. So no state can disagree with another, and
-- accepted = delivered + pending + dead holds in every snapshot. Used by server/delivery/.
create sequence push_ids;
create table pushes (
  space_id int not null,
  id bigint not null default nextval('push_ids'),
  endpoint_id int not null,
  -- Pushes of one key leave one after the other.
  key text not null,
  call_id text,
  number text,
  event_name text not null,
  occurred_at timestamptz not null,
  accepted_at timestamptz not null default now(),
  webhook_id uuid not null default gen_random_uuid(),
  content_type text not null,
  body text not null,
  primary key (space_id, id)
);
create unique index pushes_id on pushes (id);
create index pushes_accepted on pushes (space_id, accepted_at) include (endpoint_id, id);
create index pushes_call on pushes (space_id, call_id) where call_id is not null;
create index pushes_number on pushes (space_id, number) where number is not null;

-- One row an endpoint. Its lock, held until the commit, makes positions gapless and visible in their order, so that a
-- reader of `position > cursor` skips none.
create table outbox_lanes (
  space_id int not null,
  endpoint_id int not null,
  position bigint not null,
  -- Of all tries since the last success, the first; null: the last try succeeded.
  failing_since timestamptz,
  primary key (space_id, endpoint_id)
) with (fillfactor = 50);
create index outbox_lanes_partition on outbox_lanes ((endpoint_id % 32));

create table outbox (
  space_id int not null,
  endpoint_id int not null,
  position bigint not null,
  key text not null,
  push_id bigint not null,
  accepted_at timestamptz not null,
  -- Of an earlier life, before a replay: they count for the numbers of tries, not for the schedule.
  earlier_tries int not null default 0,
  primary key (space_id, endpoint_id, position)
) with (autovacuum_vacuum_scale_factor = 0.05);
create index outbox_key on outbox (space_id, endpoint_id, key, position);
create unique index outbox_push on outbox (space_id, push_id);

-- Keys whose first push has failed and is tried again at due_at; their later pushes wait behind it.
create table outbox_parked (
  space_id int not null,
  endpoint_id int not null,
  key text not null,
  tries int not null,
  due_at timestamptz not null,
  primary key (space_id, endpoint_id, key)
);
create index outbox_parked_due on outbox_parked (space_id, endpoint_id, due_at);

create table dead_pushes (
  space_id int not null,
  push_id bigint not null,
  endpoint_id int not null,
  accepted_at timestamptz not null,
  died_at timestamptz not null,
  primary key (space_id, push_id)
);

create table push_tries (
  space_id int not null,
  push_id bigint not null,
  number int not null,
  at timestamptz not null,
  -- null: there was no answer
  status smallint,
  ms int not null,
  answer text,
  error text,
  primary key (space_id, push_id, number)
);

-- Who sends: an endpoint belongs to partition id % 32, a partition to one process at a time. Each change of owner
-- raises the token, which everything that a process writes down is checked against.
create table outbox_partitions (
  partition int primary key,
  owner uuid,
  token bigint not null default 0,
  until timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into outbox_partitions (partition) select generate_series(0, 31);

create table outbox_workers (
  id uuid primary key,
  until timestamptz not null
) with (fillfactor = 50);
