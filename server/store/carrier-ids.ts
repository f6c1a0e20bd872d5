// Attempts as carriers name them, and those of which no carrier has said anything; written by the projection of reports.
import type { AttemptId, ChannelId, Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface Found {
  attempt: AttemptId;
  /** The one of the names that its submit was answered with. */
  carrierId: string;
}

/** A message as a receipt names it. */
export interface NamedMessage {
  channel: ChannelId;
  names: readonly string[];
  /** The contact's number. */
  to: string | null;
}

/** Each by the first of its names that is known; of several, only one to that number. In the order of `messages`. */
export async function attemptsOfCarrierIds(
  db: Transaction,
  space: SpaceId,
  messages: readonly NamedMessage[],
): Promise<(Found | undefined)[]> {
  const text = `select distinct on (asked.place) asked.place, m.attempt_id as attempt, m.carrier_id as "carrierId"
                  from unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::int[])
                         as asked (place, channel, name, address, rank)
                  join carrier_messages m
                    on m.space_id = $1 and m.channel_id = asked.channel and m.carrier_id = asked.name
                  join contact_attempts a on a.space_id = m.space_id and a.id = m.attempt_id
                 where asked.address is null or a.address = asked.address
                 order by asked.place, asked.rank`;
  const asked = messages.flatMap(({ channel, names, to }, place) =>
    names.map((name, rank) => ({ place, channel, name, address: names.length === 1 ? null : to, rank })),
  );
  const { rows } = await db.query<Found & { place: number }>({ name: 'carrier_messages.find', text }, [
    space,
    asked.map(({ place }) => place),
    asked.map(({ channel }) => channel),
    asked.map(({ name }) => name),
    asked.map(({ address }) => address),
    asked.map(({ rank }) => rank),
  ]);
  const found = new Map(rows.map(({ place, attempt, carrierId }) => [place, { attempt, carrierId }]));
  return messages.map((_, place) => found.get(place));
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
