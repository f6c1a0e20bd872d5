-- A POST that makes a call, said twice with the same key, makes one. status null: it runs, or its outcome is unknown.
create table idempotency_keys (
  space_id int not null,
  actor text not null,
  key text not null,
  request_hash bytea not null,
  status int,
  response jsonb,
  created_at timestamptz not null,
  primary key (space_id, actor, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
