-- A start that was asked of a broadcast nobody has checked: its contacts are looked at first, and that outlives a crash.
alter table broadcasts
  add start_asked_at timestamptz,
  -- Somebody is at it until then.
  add start_held_until timestamptz,
  -- What the last start that was asked has found wrong: [{path, message}]
  add start_errors jsonb;
create index broadcasts_asked_to_start on broadcasts (start_held_until) where start_asked_at is not null;
