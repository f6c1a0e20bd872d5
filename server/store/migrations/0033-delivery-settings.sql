-- How long a space keeps its pushes and their tries. No row: the defaults of server/store/delivery-settings.ts.
create table delivery_settings (
  space_id int primary key references spaces on delete cascade,
  delivered_days int not null,
  -- dead ones, and those that wait for an endpoint that is disabled
  undelivered_days int not null
);
