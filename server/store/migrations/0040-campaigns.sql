-- Voice campaigns: whom a project has called, by which consultants, when, and how often.
create table campaigns (
  space_id int not null constraint campaigns_space references spaces,
  -- 24 hex digits, as the dialog webhooks name it.
  id text not null,
  created_at timestamptz not null,
  name text not null,
  project_id int not null,
  dialing_method text not null check (dialing_method in ('PREVIEW', 'PROGRESSIVE')),
  priority int not null,
  ring_timeout_s int not null,
  recording text not null check (recording in ('off', 'on_demand', 'always')),
  -- null: the space's outbound one
  trunk_id int,
  state text not null check (state in ('draft', 'running', 'paused', 'done')),
  retry jsonb not null,
  hours jsonb,
  reservation_s int not null,
  disposition_s int not null,
  primary key (space_id, id),
  constraint campaigns_name_taken unique (space_id, name),
  constraint campaigns_project foreign key (space_id, project_id) references projects,
  constraint campaigns_trunk foreign key (space_id, trunk_id) references trunks
);
create unique index campaigns_id on campaigns (id);
create index campaigns_project on campaigns (space_id, project_id);
create index campaigns_trunk on campaigns (space_id, trunk_id);
create index campaigns_running on campaigns (space_id) where state = 'running';

create table campaign_users (
  space_id int not null,
  campaign_id text not null,
  user_id int not null,
  position int not null,
  primary key (space_id, campaign_id, user_id),
  foreign key (space_id, campaign_id) references campaigns on delete cascade,
  constraint campaign_users_user foreign key (space_id, user_id) references users on delete cascade
);
create index campaign_users_user on campaign_users (space_id, user_id);
