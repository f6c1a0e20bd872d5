create table queues (
  space_id int not null constraint queues_space references spaces,
  id int generated always as identity,
  name text not null,
  strategy text not null check (strategy in ('longest_idle', 'round_robin', 'ring_all', 'fewest_calls')),
  ring_timeout_s int not null,
  wrap_up_s int not null,
  max_wait_s int,
  -- A number, not a reference: what it leads to may be created later.
  overflow_extension text,
  service_level_s int not null,
  recording text not null check (recording in ('off', 'on_demand', 'always')),
  primary key (space_id, id),
  constraint queues_name_taken unique (space_id, name)
);
create unique index queues_id on queues (id);

create table queue_users (
  space_id int not null,
  queue_id int not null,
  user_id int not null,
  -- Order of round robin.
  position int not null,
  primary key (space_id, queue_id, user_id),
  foreign key (space_id, queue_id) references queues on delete cascade,
  constraint queue_users_user foreign key (space_id, user_id) references users on delete cascade
);
create index queue_users_user on queue_users (space_id, user_id);
