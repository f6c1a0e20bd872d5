-- Carriers of messages. In `settings` what the type needs to connect; passwords in the clear, never returned, never logged.
create table channels (
  space_id int not null constraint channels_space references spaces,
  id int generated always as identity,
  media text not null check (media in ('sms', 'mms', 'mail')),
  type text not null check (type in ('smpp', 'mm7', 'smtp', 'sandbox')),
  name text not null,
  -- The highest that is up is taken first.
  priority int not null,
  enabled boolean not null,
  settings jsonb not null,
  primary key (space_id, id),
  constraint channels_name_taken unique (space_id, name)
);
create unique index channels_id on channels (id);

-- A broadcast: one message or call for many contacts.
create table broadcasts (
  space_id int not null constraint broadcasts_space references spaces,
  -- 24 hex digits, the reports' broadcast_id.
  id text not null,
  created_at timestamptz not null,
  media text not null check (media in ('sms', 'mms', 'mail', 'fax', 'call')),
  name text not null,
  state text not null
    check (state in ('draft', 'validating', 'ready', 'scheduled', 'running', 'paused', 'done', 'cancelled')),
  sender text,
  -- text, subject, html, document_id, ivr_id, trunk_id: what is sent, as its media needs it
  content jsonb not null,
  starts_at timestamptz,
  -- null: those of the contact's country and the media
  hours jsonb,
  -- null: as fast as the channels take it
  rate_per_s real,
  max_attempts int not null,
  retry jsonb not null,
  priority int not null,
  extended boolean not null,
  -- An attempt whose outcome is unknown is made again.
  resend_unknown boolean not null,
  -- Up to when its rate is used up; shared by all processes that send.
  paced_until timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  primary key (space_id, id)
);
create unique index broadcasts_id on broadcasts (id);
-- A cancelled one until its last contact is done.
create index broadcasts_live on broadcasts (space_id)
  where ended_at is null and state in ('scheduled', 'running', 'paused', 'cancelled');

-- Whom broadcasts and single sends are for. No foreign keys: an import of a million would check each row.
create table broadcast_contacts (
  space_id int not null,
  id text not null,
  -- null: a single send, whose content is its own
  broadcast_id text,
  media text not null,
  -- E.164 with plus; mail: the address.
  address text not null,
  ref_externe text,
  -- The other columns, for {{name}} in texts.
  fields json,
  content json,
  priority int not null,
  -- waiting: for its attempt; taken: by the attempt attempt_id; done: no attempt follows.
  state text not null default 'waiting' check (state in ('waiting', 'taken', 'done')),
  -- Waiting: not before; from calling hours, retries, the broadcast's start. Taken: when it is to be looked after, should
  -- nobody have said by then what became of it.
  due_at timestamptz not null,
  attempts int not null default 0,
  -- Of a waiting one: the next attempt's, chosen already.
  attempt_id text,
  -- Of a waiting one: the stream of attempt_id has begun, and nothing has been sent.
  begun boolean not null default false,
  -- Why no attempt follows, or none was ever made: sent, failed, cancelled, opted_out, expired, forbidden, …
  done_reason text,
  primary key (space_id, id)
) with (fillfactor = 80);
create index broadcast_contacts_due on broadcast_contacts (space_id, broadcast_id, priority desc, due_at, id)
  where state = 'waiting';
create index broadcast_contacts_single on broadcast_contacts (space_id, due_at, id)
  where state = 'waiting' and broadcast_id is null;
create index broadcast_contacts_taken on broadcast_contacts (space_id, broadcast_id, due_at) where state = 'taken';
create index broadcast_contacts_list on broadcast_contacts (space_id, broadcast_id, id);

-- Written by the projection of reports: each attempt with its history, as GET /messages/{call_id} and reports show it.
create table contact_attempts (
  space_id int not null,
  -- The reports' call_id.
  id text not null,
  contact_id text not null,
  broadcast_id text,
  media text not null,
  address text not null,
  sender text,
  ref_externe text,
  number int not null,
  channel_id int,
  username text not null,
  time_zone text not null,
  begun_at timestamptz not null,
  -- null: begun, nothing known yet. `unknown` is not a report's status: see attempt.outcome_unknown.
  status text,
  -- A column of its own, so that other changes of status touch no index.
  in_doubt boolean not null generated always as (coalesce(status = 'unknown', false)) stored,
  -- Oldest first: KnownStatus of server/store/contact-attempts.ts.
  statuses json not null,
  -- Of its stream in the journal.
  version int not null,
  primary key (space_id, id)
) with (fillfactor = 50);
create index contact_attempts_contact on contact_attempts (space_id, contact_id);
create index contact_attempts_broadcast on contact_attempts (space_id, broadcast_id, id);
-- Replies find the newest attempt at whom they come from.
create index contact_attempts_address on contact_attempts (space_id, media, address, begun_at desc);
create index contact_attempts_in_doubt on contact_attempts (space_id, begun_at) where in_doubt;

-- What a carrier's receipts name.
create table carrier_messages (
  space_id int not null,
  channel_id int not null,
  carrier_id text not null,
  attempt_id text not null,
  part int not null,
  parts int not null,
  at timestamptz not null,
  primary key (space_id, channel_id, carrier_id)
);
create index carrier_messages_at on carrier_messages (at);

-- How many attempts of a broadcast are in which status now; kept with contact_attempts, whose null is `begun` here.
create table broadcast_counts (
  space_id int not null,
  broadcast_id text not null,
  status text not null,
  count bigint not null,
  primary key (space_id, broadcast_id, status)
) with (fillfactor = 50);

create table replies (
  space_id int not null,
  id text not null,
  media text not null,
  channel_id int,
  at timestamptz not null,
  address text not null,
  -- Our number or short code; null: the attempt left under the carrier's own.
  recipient text,
  text text not null,
  -- null: no attempt within the reply window
  attempt_id text,
  opted_out boolean not null,
  primary key (space_id, id)
);
create index replies_list on replies (space_id, at desc, id desc);

-- Who does not want to be written to by this space.
create table optouts (
  space_id int not null,
  number text not null,
  media text not null,
  since timestamptz not null,
  reason text not null,
  primary key (space_id, number, media)
);
