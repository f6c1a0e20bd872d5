-- False: of a broadcast whose reports do not tell RECEIVED and ANSWERED of MMS and mails.
alter table contact_attempts add extended boolean not null default true;
