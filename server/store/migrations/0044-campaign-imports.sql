-- What became of an import: how many rows were taken, and why each of the others was not.
create table campaign_imports (
  space_id int not null,
  campaign_id text not null,
  id text not null,
  at timestamptz not null,
  accepted int not null,
  refused int not null,
  primary key (space_id, campaign_id, id)
);
create table campaign_import_refusals (
  space_id int not null,
  campaign_id text not null,
  import_id text not null,
  line int not null,
  path text not null,
  message text not null,
  primary key (space_id, campaign_id, import_id, line)
);
