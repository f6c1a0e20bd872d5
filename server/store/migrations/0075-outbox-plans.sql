-- The outbox is empty most of the time, and that is when it is vacuumed and analysed: from then on, until the next time,
-- the planner takes it for empty however much waits, and any plan for as good as any other. So no statement leaves it a
-- choice: a lane is read in the order of its index, and every other lookup is by one row's own columns (lateral, limit),
-- of which only the index that is meant has any (`endpoint_id + 0` is no column). Ids of endpoints and pushes are unique in the installation.
drop index outbox_key;
create index outbox_key on outbox (key, endpoint_id, position);
drop index outbox_push;
create unique index outbox_push on outbox (push_id);
alter table outbox_parked drop constraint outbox_parked_pkey;
alter table outbox_parked add primary key (key, endpoint_id);

-- Pushes after `after` of keys that are not parked, in order. Always a row: without a push, only the lane's head.
create or replace function outbox_read(space int, endpoint int, after_position bigint, most int)
returns table (
  head bigint, "position" bigint, key text, earlier_tries int, push_id bigint, webhook_id uuid, content_type text, body text
)
language plpgsql stable
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
#variable_conflict use_column
begin
  return query
  select lane.position, waiting.position, waiting.key, waiting.earlier_tries, p.id, p.webhook_id, p.content_type, p.body
    from outbox_lanes lane
    left join lateral (
      select o.position, o.key, o.earlier_tries, o.push_id
        from outbox o
       where o.space_id = space and o.endpoint_id = endpoint and o.position > after_position
         and (select true from outbox_parked k where k.key = o.key and k.endpoint_id + 0 = endpoint limit 1) is null
       order by o.position limit most
    ) waiting on true
    left join lateral (select * from pushes p where p.id = waiting.push_id limit 1) p on true
   where lane.space_id = space and lane.endpoint_id = endpoint
   order by waiting.position;
end
$$;

-- Of each key the pushes after its own position, in order.
create or replace function outbox_read_keys(space int, endpoint int, keys text[], after_positions bigint[], most_each int)
returns table (
  "position" bigint, key text, earlier_tries int, push_id bigint, webhook_id uuid, content_type text, body text
)
language plpgsql stable
set enable_seqscan = off set enable_bitmapscan = off
as $$
#variable_conflict use_column
begin
  return query
  select waiting.position, waiting.key, waiting.earlier_tries, p.id, p.webhook_id, p.content_type, p.body
    from unnest(keys, after_positions) as wanted (key, after_position)
   cross join lateral (
      select o.position, o.key, o.earlier_tries, o.push_id
        from outbox o
       where o.key = wanted.key and o.endpoint_id + 0 = endpoint and o.position + 0 > wanted.after_position
       order by o.position limit most_each
    ) waiting
   cross join lateral (select * from pushes p where p.id = waiting.push_id limit 1) p
   order by waiting.position;
end
$$;

-- Writes down what became of tries, of the partitions that are still held by their token, and returns those: what
-- belongs to another is left alone. fate: delivered, dead, or parked until due_at. May be asked again.
create or replace function outbox_settle(
  partitions int[], tokens bigint[],
  spaces int[], endpoints int[], positions bigint[], keys text[], push_ids bigint[], numbers int[], ats timestamptz[],
  statuses smallint[], mss int[], answers text[], errors text[], fates text[], tries int[], dues timestamptz[],
  lane_spaces int[], lane_endpoints int[], lane_failing_since timestamptz[]
) returns setof int
language plpgsql
set enable_seqscan = off set enable_bitmapscan = off
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
  ), ended as materialized (
    -- By position as well: a replay has made another row of the same push.
    select r.fate, r.at, r.push_id, o.place
      from result r
     cross join lateral (select o.ctid as place, o.position from outbox o where o.push_id = r.push_id limit 1) o
     where r.fate <> 'parked' and o.position = r.position
  ), gone as (
    delete from outbox o where o.ctid = any(array(select ended.place from ended))
    returning o.space_id, o.push_id, o.endpoint_id, o.accepted_at
  ), dead as (
    insert into dead_pushes (space_id, push_id, endpoint_id, accepted_at, died_at)
    select gone.space_id, gone.push_id, gone.endpoint_id, gone.accepted_at, ended.at
      from ended join gone on gone.push_id = ended.push_id where ended.fate = 'dead'
        on conflict do nothing
  ), tried as (
    insert into push_tries (space_id, push_id, number, at, status, ms, answer, error)
    select r.space_id, r.push_id, r.number, r.at, r.status, r.ms, r.answer, r.error from result r
        on conflict do nothing
  ), parked as (
    insert into outbox_parked (space_id, endpoint_id, key, tries, due_at)
    select r.space_id, r.endpoint_id, r.key, r.tries, r.due_at from result r where r.fate = 'parked'
        on conflict (key, endpoint_id) do update set tries = excluded.tries, due_at = excluded.due_at
  ), unparked as (
    delete from outbox_parked k where k.ctid = any(array(
      select found.place
        from result r
       cross join lateral (select k.ctid as place from outbox_parked k
                            where k.key = r.key and k.endpoint_id + 0 = r.endpoint_id limit 1) found
       where r.fate <> 'parked' and r.tries > 1))
  ), lanes as (
    update outbox_lanes l set failing_since = changed.failing_since
      from unnest(lane_spaces, lane_endpoints, lane_failing_since) as changed (space_id, endpoint_id, failing_since)
     where l.space_id = changed.space_id and l.endpoint_id = changed.endpoint_id
       and l.endpoint_id % 32 in (select held.partition from held)
  )
  select held.partition from held;
end
$$;
