// What contacts have written, matched to an attempt or not; written by the follower of reports.
import type { Reply } from '../../contract/rest/replies.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface ReplySlice {
  /** Of the last one shown, newest first; null: from the newest. */
  before: { at: string; id: string } | null;
  limit: number;
  matched: boolean | null;
  /** Of one of these addresses; null: of any. */
  from: readonly string[] | null;
  channel: number | null;
  broadcast: string | null;
}

/** Newest first. `space` null: of all spaces. */
export async function listReplies(db: Transaction, space: SpaceId | null, slice: ReplySlice): Promise<Reply[]> {
  const text = `select r.id, r.space_id, r.media, r.channel_id,
      to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, r.address as "from", r.recipient as "to", r.text,
      r.attempt_id as call_id, r.opted_out
    from replies r
   where ($1::int is null or r.space_id = $1) and ($3::text is null or (r.at, r.id) < ($2::timestamptz, $3))
     and ($5::boolean is null or (r.attempt_id is not null) = $5) and ($6::text[] is null or r.address = any($6))
     and ($7::int is null or r.channel_id = $7)
     and ($8::text is null or exists (select from contact_attempts a
           where a.space_id = r.space_id and a.id = r.attempt_id and a.broadcast_id = $8))
   order by r.at desc, r.id desc limit $4`;
  const { before, limit, matched, from, channel, broadcast } = slice;
  const values = [space, before?.at ?? null, before?.id ?? null, limit, matched, from, channel, broadcast];
  return (await db.query<Reply>(text, values)).rows;
}
