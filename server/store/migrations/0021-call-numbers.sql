-- Call numbers (supervision's id_call) are unique in the installation; processes take them in blocks.
create table call_numbers (
  singleton boolean primary key default true check (singleton),
  next bigint not null
);
insert into call_numbers (next) values (1);
