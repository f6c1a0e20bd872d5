-- Functions for their `set`: a plan made while the outbox was a few pages small would scan it for each read, and is
-- kept while it grows. See server/delivery/outbox-sql.ts.

-- Pushes after `after` of keys that are not parked, in order. Always a row: without a push, only the lane's head.
create function outbox_read(space int, endpoint int, after_position bigint, most int)
returns table (
  head bigint, "position" bigint, key text, earlier_tries int, push_id bigint, webhook_id uuid, content_type text, body text
)
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select lane.position, waiting.*
    from outbox_lanes lane
    left join lateral (
      select o.position, o.key, o.earlier_tries, p.id, p.webhook_id, p.content_type, p.body
        from outbox o join pushes p on p.space_id = o.space_id and p.id = o.push_id
       where o.space_id = space and o.endpoint_id = endpoint and o.position > after_position
         and not exists (select from outbox_parked k
                          where k.space_id = space and k.endpoint_id = endpoint and k.key = o.key)
       order by o.position limit most
    ) waiting on true
   where lane.space_id = space and lane.endpoint_id = endpoint
   order by waiting.position;
end
$$;

-- Of each key the pushes after its own position, in order.
create function outbox_read_keys(space int, endpoint int, keys text[], after_positions bigint[], most_each int)
returns table (
  "position" bigint, key text, earlier_tries int, push_id bigint, webhook_id uuid, content_type text, body text
)
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select waiting.*
    from unnest(keys, after_positions) as wanted (key, after_position)
   cross join lateral (
      select o.position, o.key, o.earlier_tries, p.id, p.webhook_id, p.content_type, p.body
        from outbox o join pushes p on p.space_id = o.space_id and p.id = o.push_id
       where o.space_id = space and o.endpoint_id = endpoint and o.key = wanted.key
         and o.position > wanted.after_position
       order by o.position limit most_each
    ) waiting
   order by waiting.position;
end
$$;

-- Writes down what became of tries, of the partitions that are still held by their token, and returns those: what
-- belongs to another is left alone. fate: delivered, dead, or parked until due_at. May be asked again.
create function outbox_settle(
  partitions int[], tokens bigint[],
  spaces int[], endpoints int[], positions bigint[], keys text[], push_ids bigint[], numbers int[], ats timestamptz[],
  statuses smallint[], mss int[], answers text[], errors text[], fates text[], tries int[], dues timestamptz[],
  lane_spaces int[], lane_endpoints int[], lane_failing_since timestamptz[]
) returns setof int
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  return query
  with held as materialized (
    -- The lock keeps a new owner waiting until this is committed.
    select p.partition from outbox_partitions p
      join unnest(partitions, tokens) as ours (partition, token) on ours.partition = p.partition and ours.token = p.token
       for share of p
  ), result as materialized (
    select * from unnest(spaces, endpoints, positions, keys, push_ids, numbers, ats, statuses, mss, answers, errors, fates,
                         tries, dues)
      as r (space_id, endpoint_id, position, key, push_id, number, at, status, ms, answer, error, fate, tries, due_at)
     where r.endpoint_id % 32 in (select held.partition from held)
  ), gone as (
    delete from outbox o using result r
     where r.fate <> 'parked'
       and o.space_id = r.space_id and o.endpoint_id = r.endpoint_id and o.position = r.position
    returning o.space_id, o.push_id, o.endpoint_id, o.accepted_at, r.at, r.fate
  ), dead as (
    insert into dead_pushes (space_id, push_id, endpoint_id, accepted_at, died_at)
    select gone.space_id, gone.push_id, gone.endpoint_id, gone.accepted_at, gone.at from gone where fate = 'dead'
        on conflict do nothing
  ), tried as (
    insert into push_tries (space_id, push_id, number, at, status, ms, answer, error)
    select r.space_id, r.push_id, r.number, r.at, r.status, r.ms, r.answer, r.error from result r
        on conflict do nothing
  ), parked as (
    insert into outbox_parked (space_id, endpoint_id, key, tries, due_at)
    select r.space_id, r.endpoint_id, r.key, r.tries, r.due_at from result r where r.fate = 'parked'
        on conflict (space_id, endpoint_id, key) do update set tries = excluded.tries, due_at = excluded.due_at
  ), unparked as (
    delete from outbox_parked k using result r
     where r.fate <> 'parked' and r.tries > 1
       and k.space_id = r.space_id and k.endpoint_id = r.endpoint_id and k.key = r.key
  ), lanes as (
    update outbox_lanes l set failing_since = changed.failing_since
      from unnest(lane_spaces, lane_endpoints, lane_failing_since) as changed (space_id, endpoint_id, failing_since)
     where l.space_id = changed.space_id and l.endpoint_id = changed.endpoint_id
       and l.endpoint_id % 32 in (select held.partition from held)
  )
  select held.partition from held;
end
$$;
