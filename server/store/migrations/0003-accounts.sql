-- Who may come in: people with a password, programs with a key.
create table groups (
  space_id int not null references spaces,
  id int generated always as identity,
  name text not null,
  primary key (space_id, id),
  constraint groups_name_taken unique (space_id, name)
);
create unique index groups_id on groups (id);

create table users (
  space_id int not null constraint users_space references spaces,
  id int generated always as identity,
  username text not null,
  password_hash text not null,
  firstname text not null,
  surname text not null,
  -- null: first name and surname
  display_name text,
  role text not null check (role in ('admin', 'supervisor', 'agent')),
  outbound_number text,
  language text,
  disabled boolean not null,
  primary key (space_id, id)
);
create unique index users_id on users (id);
-- In the installation, not in the space: a login names no space.
create unique index users_username_taken on users (lower(username));

create table user_groups (
  space_id int not null,
  user_id int not null,
  group_id int not null,
  primary key (space_id, user_id, group_id),
  foreign key (space_id, user_id) references users on delete cascade,
  constraint user_groups_group foreign key (space_id, group_id) references groups on delete cascade
);
create index user_groups_group on user_groups (space_id, group_id);

-- Only hashes: whoever reads the database cannot come in with what he finds.
create table sessions (
  token_hash bytea primary key,
  space_id int not null,
  user_id int not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  foreign key (space_id, user_id) references users on delete cascade
);
create index sessions_user on sessions (space_id, user_id);
create index sessions_expiry on sessions (expires_at);

create table api_keys (
  space_id int not null constraint api_keys_space references spaces,
  id int generated always as identity,
  name text not null,
  role text not null check (role in ('admin', 'supervisor', 'agent')),
  key_hash bytea not null,
  created_at timestamptz not null default now(),
  primary key (space_id, id)
);
create unique index api_keys_id on api_keys (id);
create unique index api_keys_key on api_keys (key_hash);

-- Whose access changed or ended; live streams of that user are cut. Without a reference: it outlives a deleted user.
create table revocations (
  user_id int primary key,
  version bigint not null,
  at timestamptz not null default now()
);
