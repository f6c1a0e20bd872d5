-- Parts of long messages from contacts that were acknowledged before their message was whole.
create table incoming_parts (
  space_id int not null,
  channel_id int not null,
  sender text not null,
  recipient text not null,
  -- The sender's number of the whole message.
  ref int not null,
  parts int not null,
  part int not null,
  octets bytea not null,
  data_coding int not null,
  at timestamptz not null,
  primary key (space_id, channel_id, sender, recipient, ref, parts, part),
  constraint incoming_parts_channel foreign key (space_id, channel_id) references channels on delete cascade
);
