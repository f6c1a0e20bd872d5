// How many pushes there are, without counting them: push_counts holds a number an hour and endpoint, written in the
// transactions that add and remove pushes, so that it is exact in every snapshot. Only the hours at the two ends of a
// period that does not begin and end with one are counted push by push.
import type { DeliverySummary } from '../../contract/rest/deliveries.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** As in push_counts. `moment`: an SQL expression. */
export const hourOf = (moment: string): string => `date_bin('1 hour', ${moment}, 'epoch')`;

const chosen = '($1::int is null or space_id = $1) and ($2::int is null or endpoint_id = $2)';
/** The whole hours of the period: from `first`, before `end`. */
const first = `coalesce(${hourOf(`$3::timestamptz + interval '1 hour' - interval '1 microsecond'`)}, '-infinity')`;
const end = `coalesce(${hourOf('$4::timestamptz')}, 'infinity')`;

const inWholeHours = `(select coalesce(sum(accepted), 0)::bigint from push_counts
                        where ${chosen} and hour >= ${first} and hour < ${end})`;
const between = (from: string, to: string) =>
  `(select count(*) from pushes where ${chosen} and accepted_at >= ${from} and accepted_at < ${to})`;
const beforeThem = between('$3', `least($4, ${first})`);
const afterThem = between(`greatest(${end}, ${first})`, '$4');

const listed = (table: string) =>
  `(select count(*) from ${table} where ${chosen}
       and ($3::timestamptz is null or accepted_at >= $3) and ($4::timestamptz is null or accepted_at < $4))`;

/** Of the acceptance, ISO 8601: `from` inclusive, `to` exclusive. In one snapshot, so that accepted = delivered + pending + dead. */
export async function summarise(
  db: Transaction,
  space: SpaceId | null,
  filter: { endpoint_id?: number | undefined; from?: string | undefined; to?: string | undefined },
): Promise<DeliverySummary> {
  // Not a named statement: the plan is made for the period that is asked for.
  const { rows } = await db.query<Omit<DeliverySummary, 'delivered'>>(
    `select ${inWholeHours} + ${beforeThem} + ${afterThem} as accepted,
            ${listed('outbox')} as pending, ${listed('dead_pushes')} as dead`,
    [space, filter.endpoint_id ?? null, filter.from ?? null, filter.to ?? null],
  );
  const { accepted, pending, dead } = rows[0]!;
  return { accepted, delivered: accepted - pending - dead, pending, dead };
}
