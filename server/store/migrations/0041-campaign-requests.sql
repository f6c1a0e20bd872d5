-- The contacts of campaigns. No foreign keys: an import of a million would check each row, and it holds its campaign's
-- row locked anyway.
create table campaign_requests (
  space_id int not null,
  campaign_id text not null,
  id text not null,
  created_at timestamptz not null,
  -- As it was given, and as it is dialled: E.164 digits.
  contact_number text not null,
  number text not null,
  name text,
  contact_info text,
  contact_identifier text,
  case_id text,
  case_group text,
  case_state text,
  priority int not null,
  -- When it may be called: wall clock of the space, as it was set.
  process_not_before timestamptz not null,
  process_date text not null,
  process_from_date text,
  process_to_date text,
  process_day text,
  process_time text not null,
  process_from_time int,
  process_to_time int,
  process_hours text,
  assigned_user_id int,
  custom json,
  state text not null default 'waiting' check (state in ('waiting', 'reserved', 'calling', 'wrap_up', 'closed')),
  -- The rules say: not before due_at. Kept apart, so that those who may be called are found at once among a million.
  parked boolean not null default false,
  due_at timestamptz not null,
  callback_at timestamptz,
  callback_user_id int,
  consultant_try int not null default 1,
  contact_try int not null default 1,
  reservation_try int not null default 0,
  attempt int not null default 0,
  outcomes jsonb not null default '{}',
  -- Who reserved it, calls, or owes a result; limit_at: until when.
  user_id int,
  limit_at timestamptz,
  -- The newest attempt's, chosen before it is asked for.
  call_id text,
  calling_since timestamptz,
  result text,
  closed_at timestamptz,
  -- Of its stream in the journal, and the events that must still be appended to it.
  stream_version int not null default 0,
  untold jsonb,
  primary key (space_id, campaign_id, id)
) with (fillfactor = 85);

-- In the order in which they are taken: an agent's own ones and those of nobody are two ranges.
create index campaign_requests_next
  on campaign_requests (space_id, campaign_id, coalesce(assigned_user_id, 0), priority desc, created_at, id)
  where state = 'waiting' and not parked and callback_at is null;
create index campaign_requests_callbacks
  on campaign_requests (space_id, campaign_id, coalesce(callback_user_id, 0), callback_at, id)
  where state = 'waiting' and not parked and callback_at is not null;
create index campaign_requests_parked on campaign_requests (space_id, campaign_id, due_at)
  where state = 'waiting' and parked;
-- One at a time: who asks again gets the same one.
create unique index campaign_requests_reserved on campaign_requests (space_id, campaign_id, user_id)
  where state = 'reserved';
create index campaign_requests_held on campaign_requests (space_id, user_id, campaign_id)
  where state in ('reserved', 'calling', 'wrap_up');
create index campaign_requests_limit on campaign_requests (limit_at) where state in ('reserved', 'wrap_up');
create index campaign_requests_calling on campaign_requests (space_id, call_id) where state = 'calling';
create index campaign_requests_untold on campaign_requests (space_id) where untold is not null;
