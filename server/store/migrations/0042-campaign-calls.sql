-- The calls of requests, as the journal tells them; legs: what request.closed says of each (domain/events.ts, RequestDialog).
create table campaign_calls (
  space_id int not null,
  call_id text not null,
  campaign_id text not null,
  request_id text not null,
  user_id int not null,
  created_at timestamptz not null,
  consultant_leg text,
  contact_leg text,
  consultant_answered boolean not null default false,
  talked boolean not null default false,
  legs json not null default '[]',
  recording text,
  ended_at timestamptz,
  primary key (space_id, call_id)
);
create index campaign_calls_request on campaign_calls (space_id, request_id, created_at);
