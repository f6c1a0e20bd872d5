-- Until when the retry rules or an agreed call-back let a request rest; null: they do not. due_at is also moved by its
-- schedule and by calling hours, and would hide the reason, and outlive a schedule that is changed.
alter table campaign_requests add column rest_until timestamptz;
update campaign_requests set rest_until = due_at where state = 'waiting' and parked and attempt > 0;
