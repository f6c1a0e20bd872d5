// How delivery as a whole is doing, of all processes and endpoints together.
import type { Database } from '../platform/db.ts';

export interface DeliveryFigures {
  /** Ever given to the outbox, replays included. */
  accepted: number;
  /** These three are counted up to MOST_COUNTED. */
  pending: number;
  dead: number;
  /** Keys whose first push has failed and waits for its next try. */
  parkedKeys: number;
  /** How long what is longest due has waited for its try; 0: nothing is due. Disabled endpoints do not count. */
  oldestDueMs: number;
  /** Live processes that may send. */
  workers: number;
  /** Partitions that nobody sends. */
  unowned: number;
}

/** Counting goes row by row, and a scrape must not take a second of the database. */
const MOST_COUNTED = 1_000_000;
/** The first ones of an endpoint may all be parked; what is due behind so many is not found. */
const LOOKED_AT = 50;

const counted = (table: string) => `(select count(*) from (select from ${table} limit ${MOST_COUNTED}) as counted)`;
const text = `
  select (select coalesce(sum(position), 0) from outbox_lanes)::bigint as accepted,
         ${counted('outbox')} as pending, ${counted('dead_pushes')} as dead, ${counted('outbox_parked')} as "parkedKeys",
         (select count(*) from outbox_workers where until > clock_timestamp()) as workers,
         (select count(*) from outbox_partitions where until < clock_timestamp()) as unowned,
         (select coalesce(greatest(0, extract(epoch from clock_timestamp() - min(due.at)) * 1000), 0)::bigint
            from endpoints e
           cross join lateral (
             (select k.due_at as at from outbox_parked k
               where k.space_id = e.space_id and k.endpoint_id = e.id order by k.due_at limit 1)
             union all
             (select first.accepted_at
                from (select o.accepted_at, o.key, o.position from outbox o
                       where o.space_id = e.space_id and o.endpoint_id = e.id order by o.position limit ${LOOKED_AT}) first
               where not exists (select from outbox_parked k
                                  where k.key = first.key and k.endpoint_id + 0 = e.id)
               order by first.position limit 1)
           ) due
           where e.enabled) as "oldestDueMs"`;

export async function readFigures(database: Database): Promise<DeliveryFigures> {
  return (await database.query<DeliveryFigures>({ name: 'outbox.figures', text })).rows[0]!;
}
