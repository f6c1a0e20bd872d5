-- The consultant's own phone could not be reached: no fault of the contact's, as it is when a call was lost.
alter table campaign_calls add column consultant_unreachable boolean not null default false;
