// What REST shows of pushes, and replays. A push in the outbox is pending, one in dead_pushes is dead, one in neither
// was delivered.
import type { Delivery, DeliveryDetails, DeliveryState, DeliveryTry } from '../../contract/rest/deliveries.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface DeliveryFilter {
  endpoint_id?: number | undefined;
  state?: DeliveryState | undefined;
  call_id?: string | undefined;
  number?: string | undefined;
  /** ISO 8601, of the acceptance; from inclusive, to exclusive. */
  from?: string | undefined;
  to?: string | undefined;
}

const isoUtc = (column: string) => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const waits = 'exists (select from outbox o where o.push_id = p.id)';
const died = 'exists (select from dead_pushes d where d.space_id = p.space_id and d.push_id = p.id)';

/** The few are found from their own tables, the many by what they are not in. */
const sourceOf: Record<DeliveryState | 'any', string> = {
  any: 'pushes p where true',
  pending: 'outbox waiting join pushes p on p.space_id = waiting.space_id and p.id = waiting.push_id where true',
  dead: 'dead_pushes gone join pushes p on p.space_id = gone.space_id and p.id = gone.push_id where true',
  delivered: `pushes p where not ${waits} and not ${died}`,
};

/** Which pushes: those that name it, and those about several contact attempts of which one is. $1: the space, or all. */
const isAbout = (parameter: string, named: string, attempts: string) => `(${parameter} is null or p.id in (
    select id from pushes where ($1::int is null or space_id = $1) and ${named}
    union all ${attempts}))`;
const aboutCall = isAbout(
  '$3::text',
  'call_id = $3',
  'select push_id from push_calls where ($1::int is null or space_id = $1) and call_id = $3',
);
const aboutNumber = isAbout(
  '$4::text[]',
  'number = any($4)',
  `select named.push_id
     from contact_attempts a
    cross join lateral (select push_id from push_calls c where c.space_id = a.space_id and c.call_id = a.id offset 0) named
    where ($1::int is null or a.space_id = $1) and a.media in ('sms', 'mms', 'mail', 'fax', 'call') and a.address = any($4)`,
);

/** $1 to $6 */
const matches = `
  and ($1::int is null or p.space_id = $1) and ($2::int is null or p.endpoint_id = $2)
  and ${aboutCall} and ${aboutNumber}
  and ($5::timestamptz is null or p.accepted_at >= $5) and ($6::timestamptz is null or p.accepted_at < $6)`;

const matched = (space: SpaceId | null, filter: DeliveryFilter) => [
  space,
  filter.endpoint_id ?? null,
  filter.call_id ?? null,
  filter.number === undefined ? null : spellingsOf(filter.number),
  filter.from ?? null,
  filter.to ?? null,
];

/** Dialog webhooks name numbers without the plus, reports with it. */
function spellingsOf(number: string): string[] {
  const digits = number.replace(/^\+/, '');
  return [digits, `+${digits}`];
}

const columns = `
  p.id, p.space_id, p.endpoint_id,
  case when ${waits} then 'pending' when ${died} then 'dead' else 'delivered' end as state,
  p.key, p.call_id, p.number, p.event_name, ${isoUtc('p.occurred_at')} as occurred_at,
  ${isoUtc('p.accepted_at')} as accepted_at, p.webhook_id,
  coalesce(last.number, 0) as tries_made, last.status as last_status, last.error as last_error,
  ${isoUtc(`(select k.due_at from outbox_parked k
              where k.key = p.key and k.endpoint_id + 0 = p.endpoint_id
                and p.id = (select o.push_id from outbox o
                             where o.key = p.key and o.endpoint_id + 0 = p.endpoint_id
                             order by o.position limit 1))`)} as next_try_at`;

const withLastTry = `
  left join lateral (select t.number, t.status, t.error from push_tries t
                      where t.space_id = p.space_id and t.push_id = p.id order by t.number desc limit 1) last on true`;

/** Newest first. `space` null: of all spaces; `before`: only older ones than this id. */
export async function listDeliveries(
  db: Transaction,
  space: SpaceId | null,
  filter: DeliveryFilter,
  slice: { before: number | null; limit: number },
): Promise<Delivery[]> {
  // Not a named statement: which index is best depends on the filter.
  const { rows } = await db.query<Delivery>(
    `select ${columns} from (
       select p.* from ${sourceOf[filter.state ?? 'any']} ${matches} and ($7::bigint is null or p.id < $7)
        order by p.id desc limit $8
     ) p ${withLastTry} order by p.id desc`,
    [...matched(space, filter), slice.before, slice.limit],
  );
  return rows;
}

export async function findDelivery(db: Transaction, id: number): Promise<DeliveryDetails | undefined> {
  const { rows } = await db.query<DeliveryDetails & { tries: never }>(
    {
      name: 'deliveries-find',
      text: `select ${columns}, p.content_type, p.body from pushes p ${withLastTry} where p.id = $1`,
    },
    [id],
  );
  const delivery = rows[0];
  return delivery && { ...delivery, tries: await listTries(db, delivery.space_id as SpaceId, id) };
}

async function listTries(db: Transaction, space: SpaceId, push: number): Promise<DeliveryTry[]> {
  const { rows } = await db.query<DeliveryTry>(
    {
      name: 'deliveries-tries',
      text: `select number, ${isoUtc('at')} as at, status, ms, answer, error from push_tries
              where space_id = $1 and push_id = $2 order by number`,
    },
    [space, push],
  );
  return rows;
}

export interface Replay {
  /** The oldest first. What somebody else has put back at that moment is not among them. */
  putBack: { id: number; endpoint: number }[];
  /** null: no more matches. */
  goOnAfter: number | null;
}

/**
 * Puts what is not pending back into the outbox, after all that waits there, the oldest first; with the same id and bytes.
 * What belongs to an endpoint that is gone is left alone. `after`: only newer ones than this id.
 */
export async function replay(
  tx: Transaction,
  space: SpaceId,
  which: { id: number } | { filter: DeliveryFilter; after: number | null; limit: number },
): Promise<Replay> {
  const { source, values, limit } =
    'id' in which
      ? { source: `pushes p where p.id = $7 ${matches}`, values: [...matched(space, {}), which.id], limit: 1 }
      : {
          source: `${sourceOf[which.filter.state ?? 'any']} ${matches} and ($7::bigint is null or p.id > $7)`,
          values: [...matched(space, which.filter), which.after],
          limit: which.limit,
        };
  const { rows } = await tx.query<{ id: number; endpoint: number; is_put_back: boolean }>(
    `with chosen as materialized (
       select p.space_id, p.endpoint_id, p.key, p.id, p.accepted_at from ${source}
          and not ${waits} and exists (select from endpoints e where e.space_id = p.space_id and e.id = p.endpoint_id)
        order by p.id limit $8
     ), ranked as (
       select *, row_number() over lane as rank, count(*) over (partition by space_id, endpoint_id) as count from chosen
       window lane as (partition by space_id, endpoint_id order by id)
     ), lanes as (
       insert into outbox_lanes as lane (space_id, endpoint_id, position)
       select space_id, endpoint_id, count(*) from chosen group by space_id, endpoint_id order by space_id, endpoint_id
           on conflict (space_id, endpoint_id) do update set position = lane.position + excluded.position
       returning lane.space_id, lane.endpoint_id, lane.position
     ), revived as (
       delete from dead_pushes d using chosen where d.space_id = chosen.space_id and d.push_id = chosen.id
     ), waiting as (
       insert into outbox (space_id, endpoint_id, position, key, push_id, accepted_at, earlier_tries)
       select space_id, endpoint_id, lanes.position - ranked.count + ranked.rank, key, id, accepted_at,
              coalesce((select max(number) from push_tries t where t.space_id = ranked.space_id and t.push_id = id), 0)
         from ranked join lanes using (space_id, endpoint_id)
           on conflict (push_id) do nothing
       returning push_id
     )
     select id, endpoint_id as endpoint, id in (select push_id from waiting) as is_put_back from chosen order by id`,
    [...values, limit],
  );
  return {
    putBack: rows.filter((row) => row.is_put_back),
    goOnAfter: rows.length === limit ? rows.at(-1)!.id : null,
  };
}
