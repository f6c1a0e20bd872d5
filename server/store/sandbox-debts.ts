// Messages that a sandbox channel took and of which not everything has been heard.
import type { ChannelId, Instant, SpaceId } from '../domain/ids.ts';
import type { Database } from '../platform/db.ts';

export interface TakenMessage {
  carrierId: string;
  to: string;
  from: string | null;
  at: Instant;
  /** It was received; an answer may be owed. */
  delivered: boolean;
}

/** Older ones have been waited for in vain already. */
const within = '1 day';
const atOnce = 500;

/** Taken before then, some hundred at a time, in no order of time; none that has failed or was answered. */
export async function* takenAndNotSettled(
  db: Database,
  { space, channel }: { space: SpaceId; channel: ChannelId },
  before: Instant,
): AsyncGenerator<TakenMessage[]> {
  const sql = {
    name: 'sandbox_debts.page',
    text: `select m.carrier_id as "carrierId", a.address as "to", a.sender as "from", a.status = 'RECEIVED' as delivered,
                  (extract(epoch from m.at) * 1000)::bigint as at
             from carrier_messages m join contact_attempts a on a.space_id = m.space_id and a.id = m.attempt_id
            where m.space_id = $1 and m.channel_id = $2 and a.status in ('SENT', 'RECEIVED')
              and m.at < to_timestamp($3::bigint / 1000.0)
              and m.at > to_timestamp($3::bigint / 1000.0) - interval '${within}'
              and m.carrier_id > $4
            order by m.carrier_id limit $5`,
  };
  // By the primary key: the pages together read the channel's messages once.
  let last = '';
  for (;;) {
    const { rows } = await db.query<TakenMessage>(sql, [space, channel, before, last, atOnce]);
    if (rows.length > 0) yield rows;
    if (rows.length < atOnce) return;
    last = rows.at(-1)!.carrierId;
  }
}
