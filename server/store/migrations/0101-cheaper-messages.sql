-- What each message of a broadcast writes, without what nobody reads.
--
-- Whom a push is about comes in the order of time, as the ids do: a range index costs nothing at each row, and finds a call
-- among some thousands. Who looks for a number finds its calls in contact_attempts.
alter table push_calls drop column number;
drop index push_calls_call;
create index push_calls_call on push_calls using brin (space_id, call_id)
  with (pages_per_range = 32, autosummarize = on);
drop index carrier_messages_at;
drop index contact_attempts_contact;
