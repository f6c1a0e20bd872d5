-- How many pushes an endpoint was given in each hour and still are kept, so that nobody counts them one by one. Written with
-- the pushes themselves (server/delivery/outbox.ts) and with their removal (retention.ts); hours by date_bin, which knows no time zone.
create table push_counts (
  space_id int not null,
  endpoint_id int not null,
  hour timestamptz not null,
  accepted bigint not null,
  primary key (space_id, endpoint_id, hour)
) with (fillfactor = 50);

insert into push_counts (space_id, endpoint_id, hour, accepted)
select space_id, endpoint_id, date_bin('1 hour', accepted_at, 'epoch'), count(*) from pushes group by 1, 2, 3;
