-- Who must not be called: by nobody of the space (campaign_id empty), or not by that campaign.
create table do_not_call (
  space_id int not null constraint do_not_call_space references spaces,
  id int generated always as identity,
  -- E.164 digits.
  number text not null,
  campaign_id text not null default '',
  reason text,
  created_at timestamptz not null default now(),
  primary key (space_id, number, campaign_id)
);
create unique index do_not_call_id on do_not_call (id);
