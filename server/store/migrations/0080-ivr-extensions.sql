alter table extensions add column ivr_id int;
alter table extensions drop constraint extensions_type_check;
alter table extensions
  add constraint extensions_type_check check (type in ('phone', 'queue', 'ivr', 'route')),
  add constraint extensions_ivr_check check ((type = 'ivr') = (ivr_id is not null)),
  add constraint extensions_ivr foreign key (space_id, ivr_id) references ivrs;
create index extensions_ivr on extensions (space_id, ivr_id);
