-- Which server runs the floors (calls, queues, agents) of this database. A second one would close the first one's calls.
create table floor_lease (
  singleton boolean primary key default true check (singleton),
  holder text not null,
  until timestamptz not null
);
