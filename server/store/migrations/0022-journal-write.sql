-- Writes a batch of appends in the caller's transaction and returns the new heads; see server/journal/append-sql.ts.
-- No rows: a stream has not come as far as expected, and nothing was written. 23505: one has gone further.
--
-- A function for its `set`: a plan made while the journal was a few pages small scans it for each append, and is kept
-- while it grows (measured: 400 events/s instead of 40,000, until the next analyze).
create function journal_write(
  spaces integer[], ranks integer[], streams text[], versions integer[], append_ids bigint[], event_lines text,
  opens boolean[], grown_spaces integer[], grown_by integer[]
) returns table (space_id integer, seq bigint)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  return query
  with incoming as (
    select *
      from unnest(spaces, ranks, streams, versions, append_ids, string_to_array(event_lines, E'\n'), opens)
        as event (space_id, rank, stream, version, append_id, event, opens_stream)
  ), gaps as (
    select from incoming
     where opens_stream and version > 1
       and not coalesce((select true from journal_events before
                          where before.space_id = incoming.space_id
                            and before.stream = incoming.stream
                            and before.version = incoming.version - 1), false)
  ), added as (
    select space_id, count from unnest(grown_spaces, grown_by) as added (space_id, count)
  ), heads as (
    -- Locked in sorted order, so that two processes never wait for each other in a circle.
    insert into journal_heads as head (space_id, seq)
    select space_id, count from added where not exists (select from gaps) order by space_id
        on conflict (space_id) do update set seq = head.seq + excluded.seq
    returning head.space_id, head.seq
  ), inserted as (
    insert into journal_events (space_id, seq, stream, version, append_id, event)
    select space_id, heads.seq - added.count + rank, stream, version, append_id, event::json
      from heads join added using (space_id) join incoming using (space_id)
  )
  select heads.space_id, heads.seq from heads;
end
$$;
