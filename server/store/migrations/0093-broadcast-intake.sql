-- When contacts may be disturbed in place of the defaults, by country; how many SMS a text may become.
alter table spaces
  add calling_hours jsonb not null default '{}',
  add max_sms_parts int not null default 10;

-- Reports of imports are for broadcasts as for campaigns: owner_id is the id of either.
alter table campaign_imports rename to imports;
alter table imports rename column campaign_id to owner_id;
alter table campaign_import_refusals rename to import_refusals;
alter table import_refusals rename column campaign_id to owner_id;

-- Which columns a broadcast's contacts have, so that a text that names another one is refused without reading a million
-- rows. `contacts`: how many have a value in it.
create table broadcast_columns (
  space_id int not null,
  broadcast_id text not null,
  name text not null,
  contacts bigint not null,
  primary key (space_id, broadcast_id, name)
);

-- Its row is locked while contacts come in: one import at a time, for duplicates are looked for among all of them.
create table broadcast_intakes (
  space_id int not null,
  broadcast_id text not null,
  contacts bigint not null default 0,
  primary key (space_id, broadcast_id)
);
