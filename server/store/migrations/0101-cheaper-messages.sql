-- What each message of a broadcast writes, without what nobody reads. Who looks for the pushes about a number finds its
-- calls in contact_attempts.
alter table push_calls drop column number;
drop index carrier_messages_at;
drop index contact_attempts_contact;
