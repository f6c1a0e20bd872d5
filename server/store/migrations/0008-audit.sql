-- Who did what, when, from where. Written in the transaction of the change. No references: it outlives all it names.
create table audit (
  id bigint generated always as identity primary key,
  -- null: a thing of the installation
  space_id int,
  at timestamptz not null default now(),
  actor_type text not null check (actor_type in ('installation_key', 'api_key', 'user', 'system')),
  actor_id int,
  actor_name text,
  address text,
  action text not null,
  resource text not null,
  resource_id text,
  changes jsonb
);
create index audit_space on audit (space_id, id);
