-- Images of each space's floor (live calls, agents), so that a start need not fold its whole journal.
create table floor_checkpoints (
  space_id int primary key,
  seq bigint not null,
  format int not null,
  image jsonb not null
);
