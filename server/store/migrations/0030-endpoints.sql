-- Where a space's pushes go: customers' URLs for reports and dialog webhooks. contract/rest/endpoints.ts, Endpoint.
create table endpoints (
  space_id int not null constraint endpoints_space references spaces,
  id int generated always as identity,
  type text not null check (type in ('reports', 'dialogs')),
  url text not null,
  format text not null check (format in ('json', 'xml')),
  status_list text not null check (status_list in ('full', 'latest')),
  extended boolean not null,
  max_items int not null,
  headers jsonb not null,
  retry_enabled boolean not null,
  -- null: the default schedule
  retry_config jsonb,
  -- null: every event
  subscriptions jsonb,
  concurrency int not null,
  rate_per_s real,
  enabled boolean not null,
  -- Why the server has disabled it; null: it has not.
  disabled_reason text check (disabled_reason in ('gone', 'failing')),
  primary key (space_id, id)
);
create unique index endpoints_id on endpoints (id);

-- Several while one is being replaced. In the clear: each push is signed with them. Never returned again, never logged.
create table endpoint_secrets (
  space_id int not null,
  endpoint_id int not null,
  id int generated always as identity,
  secret text not null,
  -- null: the current one
  expires_at timestamptz,
  primary key (space_id, endpoint_id, id),
  foreign key (space_id, endpoint_id) references endpoints on delete cascade
);
