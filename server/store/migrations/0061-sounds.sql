create table sounds (
  space_id int not null constraint sounds_space references spaces,
  id int generated always as identity,
  name text not null,
  -- What a PlaySound names: 40 hex digits and .wav.
  filename text not null,
  duration_ms int not null,
  -- Root mean square, in dB below full scale; null: silence.
  level_db real,
  -- Mono WAV files of 16 bits: what Asterisk plays to narrow and to wide band without resampling.
  wav_8k bytea not null,
  wav_16k bytea not null,
  primary key (space_id, id),
  constraint sounds_filename_taken unique (space_id, filename)
);
create unique index sounds_id on sounds (id);
