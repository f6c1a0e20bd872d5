-- The supervision stream. cpt is gapless in its space: the head's lock, held until the commit, gives it.
create table supervision_heads (
  space_id int primary key,
  cpt bigint not null
) with (fillfactor = 50);

-- event is json, not jsonb, so that its keys stay in the order in which they are sent. at: epoch ms of the event.
create table supervision_frames (
  space_id int not null,
  cpt bigint not null,
  at bigint not null,
  event json not null,
  primary key (space_id, cpt)
);

-- The fold of the frames 1…cpt, so that a start reads only the later ones; frames up to it may be deleted.
create table supervision_snapshots (
  space_id int primary key,
  cpt bigint not null,
  state json not null
);

-- What tells whether an agent's phone is available.
create table supervision_phones (
  space_id int not null,
  user_id int not null,
  phone json not null,
  primary key (space_id, user_id)
) with (fillfactor = 50);

-- id_session of POST /ws/, only its hash. Bound to one address.
create table supervision_sessions (
  token_hash bytea primary key,
  space_id int not null,
  user_id int not null,
  address text not null,
  expires_at timestamptz not null
);
create index supervision_sessions_user on supervision_sessions (user_id);
create index supervision_sessions_expiry on supervision_sessions (expires_at);
