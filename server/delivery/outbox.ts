// What is to be pushed is written in the transaction of the event that causes it; from then on it is the worker's.
import type { AttemptId, CallId, Instant, SpaceId } from '../domain/ids.ts';
import { mustLast, type Transaction } from '../platform/db.ts';
import { plainArray, separated, textArray, timeArray } from '../platform/pg-array.ts';
import { hourOf } from './push-counts.ts';

export interface Push {
  space: SpaceId;
  endpoint: number;
  /** Pushes of one endpoint and key leave one after the other: the call, the contact attempt. */
  key: string;
  /** These two to search by. */
  call: CallId | AttemptId | null;
  number: string | null;
  /** Of a push about several contact attempts: by which it is found as well. */
  about?: readonly AttemptId[];
  eventName: string;
  occurredAt: Instant;
  contentType: string;
  /** Sent as it is, in UTF-8. JSON or XML. */
  body: string;
}

export interface Outbox {
  /**
   * In the order in which they are to leave. Durable when `tx` commits; then call `wake`. Once a transaction: it locks
   * the endpoints' lanes in a fixed order. Returns the ids of the pushes.
   */
  add(tx: Transaction, pushes: readonly Push[]): Promise<number[]>;
  /** After the commit. Without it the worker looks by itself within a second. */
  wake(endpoints: Iterable<number>): void;
}

const addSql = {
  name: 'outbox.add',
  text: `
    with given as materialized (
      select space_id, endpoint_id, key, call_id, number, event_name, occurred_at, content_type, body, place,
             nextval('push_ids') as id, row_number() over lane as rank
        from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
                    string_to_array($9, E'\\x1e')) with ordinality
          as given (space_id, endpoint_id, key, call_id, number, event_name, occurred_at, content_type, body, place)
      window lane as (partition by space_id, endpoint_id order by place)
    ), lanes as (
      insert into outbox_lanes as lane (space_id, endpoint_id, position)
      select space_id, endpoint_id, count(*) from given group by space_id, endpoint_id order by space_id, endpoint_id
          on conflict (space_id, endpoint_id) do update set position = lane.position + excluded.position
      returning lane.space_id, lane.endpoint_id, lane.position
    ), counts as (
      select space_id, endpoint_id, count(*) as count from given group by space_id, endpoint_id
    ), counted as (
      -- From the lanes, whose locks come first: in whatever order transactions begin, none waits for another in a circle.
      insert into push_counts as counted (space_id, endpoint_id, hour, accepted)
      select space_id, endpoint_id, ${hourOf('now()')}, counts.count from lanes join counts using (space_id, endpoint_id)
       order by space_id, endpoint_id
          on conflict (space_id, endpoint_id, hour) do update set accepted = counted.accepted + excluded.accepted
    ), written as (
      insert into pushes (space_id, id, endpoint_id, key, call_id, number, event_name, occurred_at, content_type, body)
      select space_id, id, endpoint_id, key, call_id, number, event_name, occurred_at, content_type, body from given
    ), waiting as (
      insert into outbox (space_id, endpoint_id, position, key, push_id, accepted_at)
      select given.space_id, given.endpoint_id, lanes.position - counts.count + given.rank, key, id, now()
        from given join lanes using (space_id, endpoint_id) join counts using (space_id, endpoint_id)
    )
    select id from given order by place`,
};

export async function addToOutbox(tx: Transaction, pushes: readonly Push[]): Promise<number[]> {
  if (pushes.length === 0) return [];
  // A receiver tells pushes apart by their ids: after a crash they must not be made again with others.
  await mustLast(tx);
  const { rows } = await tx.query<{ id: number }>(addSql, [
    plainArray(pushes.map((push) => push.space)),
    plainArray(pushes.map((push) => push.endpoint)),
    textArray(pushes.map((push) => push.key)),
    textArray(pushes.map((push) => push.call)),
    textArray(pushes.map((push) => push.number)),
    textArray(pushes.map((push) => push.eventName)),
    timeArray(pushes.map((push) => push.occurredAt)),
    textArray(pushes.map((push) => push.contentType)),
    separated(pushes.map((push) => push.body)),
  ]);
  const ids = rows.map(({ id }) => id);
  await noteCalls(tx, pushes, ids);
  return ids;
}

async function noteCalls(tx: Transaction, pushes: readonly Push[], ids: readonly number[]): Promise<void> {
  const calls = pushes.flatMap(({ space, about = [] }, index) =>
    about.map((call) => ({ space, push: ids[index]!, call })),
  );
  if (calls.length === 0) return;
  const text = `insert into push_calls (space_id, push_id, call_id)
                select * from unnest($1::int[], $2::bigint[], $3::text[])`;
  await tx.query({ name: 'outbox.note_calls', text }, [
    plainArray(calls.map(({ space }) => space)),
    plainArray(calls.map(({ push }) => push)),
    textArray(calls.map(({ call }) => call)),
  ]);
}
