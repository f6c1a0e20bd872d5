-- A space is one company's contact centre; everything belongs to one. Ids are unique in the installation, and
-- space_id leads every key, so that spaces can be spread over several databases.
create table spaces (
  id int generated always as identity primary key,
  name text not null,
  code text not null,
  number text,
  username text not null,
  time_zone text not null,
  country text not null,
  locale text,
  ring_timeout_s int not null,
  reply_window_h int not null,
  stop_words text[] not null,
  -- null: the country's own prefix only
  allowed_prefixes text[],
  max_call_s int,
  misses_before_pause int not null
);

-- Goes up with every change of what a space is set up with; outlives the space, so that its end is seen as well.
create table directory_versions (
  space_id int primary key,
  version bigint not null
);
