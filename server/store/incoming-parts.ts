// Parts of long messages from contacts, of one channel: here from their acknowledgement until their message is kept.
import type { ChannelId, Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** Which message of whom; `total`: of how many parts. */
interface OfMessage {
  from: string;
  to: string;
  segment: { ref: number; total: number };
}

export interface IncomingPart extends OfMessage {
  /** `number`: from 1. */
  segment: OfMessage['segment'] & { number: number };
  octets: Uint8Array;
  dataCoding: number;
}

interface ChannelOf {
  space: SpaceId;
  channel: ChannelId;
}

/** One that is there already is replaced. */
export async function keepPart(
  db: Transaction,
  { space, channel }: ChannelOf,
  { from, to, segment, octets, dataCoding }: IncomingPart,
  at: Instant,
): Promise<void> {
  const text = `insert into incoming_parts (space_id, channel_id, sender, recipient, ref, parts, part, octets, data_coding, at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::bigint / 1000.0))
                    on conflict (space_id, channel_id, sender, recipient, ref, parts, part) do update
                   set octets = excluded.octets, data_coding = excluded.data_coding, at = excluded.at`;
  const { ref, total, number } = segment;
  const values = [space, channel, from, to, ref, total, number, Buffer.from(octets), dataCoding, at];
  await db.query({ name: 'incoming_parts.keep', text }, values);
}

/** Oldest first. */
export async function keptParts(
  db: Transaction,
  { space, channel }: ChannelOf,
): Promise<(IncomingPart & { at: Instant })[]> {
  interface Row extends Omit<IncomingPart, 'segment'> {
    ref: number;
    parts: number;
    part: number;
    at: Instant;
  }
  const text = `select sender as "from", recipient as "to", ref, parts, part, octets, data_coding as "dataCoding",
                       (extract(epoch from at) * 1000)::bigint as at
                  from incoming_parts p where space_id = $1 and channel_id = $2 order by p.at`;
  const { rows } = await db.query<Row>({ name: 'incoming_parts.all', text }, [space, channel]);
  return rows.map(({ ref, parts: total, part: number, ...row }) => ({ ...row, segment: { ref, total, number } }));
}

/** All of that message. */
export async function removeParts(
  db: Transaction,
  { space, channel }: ChannelOf,
  { from, to, segment: { ref, total } }: OfMessage,
): Promise<void> {
  const text = `delete from incoming_parts
                 where space_id = $1 and channel_id = $2 and sender = $3 and recipient = $4 and ref = $5 and parts = $6`;
  await db.query({ name: 'incoming_parts.remove', text }, [space, channel, from, to, ref, total]);
}
