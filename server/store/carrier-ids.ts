// Attempts as carriers name them, and those of which no carrier has said anything; written by the projection of reports.
import type { AttemptId, ChannelId, Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface Found {
  attempt: AttemptId;
  /** The one of the names that its submit was answered with. */
  carrierId: string;
}

/** By the first of the names that is known; of several, only one to that number. */
export async function attemptOfCarrierIds(
  db: Transaction,
  space: SpaceId,
  channel: ChannelId,
  { names, to }: { names: readonly string[]; to: string | null },
): Promise<Found | undefined> {
  const text = `select m.attempt_id as attempt, m.carrier_id as "carrierId"
                  from carrier_messages m join contact_attempts a on a.space_id = m.space_id and a.id = m.attempt_id
                 where m.space_id = $1 and m.channel_id = $2 and m.carrier_id = any($3)
                   and (cardinality($3) = 1 or $4::text is null or a.address = $4)
                 order by array_position($3, m.carrier_id) limit 1`;
  return (await db.query<Found>({ name: 'carrier_messages.find', text }, [space, channel, names, to])).rows[0];
}

/** Attempts at that address by that channel whose outcome is unknown; two at most. */
export async function unknownAttemptsAt(
  db: Transaction,
  space: SpaceId,
  { channel, address }: { channel: ChannelId; address: string },
): Promise<AttemptId[]> {
  const text = `select id from contact_attempts
                 where space_id = $1 and address = $2 and channel_id = $3 and in_doubt
                   and media in ('sms', 'mms') limit 2`;
  const { rows } = await db.query<{ id: AttemptId }>(text, [space, address, channel]);
  return rows.map(({ id }) => id);
}

/** Attempts begun before then whose outcome is unknown still, oldest first. */
export async function unsettledSince(
  db: Transaction,
  space: SpaceId,
  { before, limit }: { before: Instant; limit: number },
): Promise<AttemptId[]> {
  const text = `select id from contact_attempts
                 where space_id = $1 and in_doubt and begun_at < to_timestamp($2::bigint / 1000.0)
                 order by begun_at limit $3`;
  const { rows } = await db.query<{ id: AttemptId }>({ name: 'attempts.unsettled', text }, [space, before, limit]);
  return rows.map(({ id }) => id);
}
