create table ivrs (
  space_id int not null constraint ivrs_space references spaces,
  id int generated always as identity,
  name text not null,
  -- What is being worked on; null: nothing beyond the published version.
  draft jsonb,
  -- What new calls run; null: nothing yet.
  version int,
  primary key (space_id, id),
  constraint ivrs_name_taken unique (space_id, name),
  check (draft is not null or version is not null)
);
create unique index ivrs_id on ivrs (id);

-- Never changed: a call keeps the version that it began with.
create table ivr_versions (
  space_id int not null,
  ivr_id int not null,
  version int not null,
  document jsonb not null,
  published_at timestamptz not null default now(),
  primary key (space_id, ivr_id, version),
  foreign key (space_id, ivr_id) references ivrs on delete cascade
);
