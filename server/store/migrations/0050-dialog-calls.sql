-- What has to be known of each live call to tell of its next event (server/projections/dialogs/live-call.ts, LiveCall).
-- A row lives as long as its call and changes with each page of the journal; json keeps `custom` as it was imported.
create table dialog_calls (
  space_id int not null,
  call_id text not null,
  live json not null,
  primary key (space_id, call_id)
) with (fillfactor = 50);
