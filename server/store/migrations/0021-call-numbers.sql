-- Call numbers (supervision's id_call) are unique in the installation; processes take them in blocks.
create table call_numbers (
  only boolean primary key default true check (only),
  next bigint not null
);
insert into call_numbers (next) values (1);
