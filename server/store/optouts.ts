// Who does not want to be written to by a space, by media.
import type { Optout } from '../../contract/rest/replies.ts';
import type { Media } from '../domain/contacts/events.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

const columns = `space_id, number, media, to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since, reason`;

export interface OptoutKey {
  number: string;
  media: Media;
}

/** By space, number and media. `space` null: of all spaces; `media`, `numbers` null: any. */
export async function listOptouts(
  db: Transaction,
  space: SpaceId | null,
  slice: {
    after: readonly [space: number, number: string, media: string];
    limit: number;
    media: Media | null;
    numbers: readonly string[] | null;
  },
): Promise<Optout[]> {
  const text = `select ${columns} from optouts
                 where ($1::int is null or space_id = $1) and (space_id, number, media) > ($2, $3, $4)
                   and ($6::text is null or media = $6) and ($7::text[] is null or number = any($7))
                 order by space_id, number, media limit $5`;
  const values = [space, ...slice.after, slice.limit, slice.media, slice.numbers];
  return (await db.query<Optout>({ name: 'optouts-list', text }, values)).rows;
}

export async function findOptout(db: Transaction, space: SpaceId, key: OptoutKey): Promise<Optout | undefined> {
  const text = `select ${columns} from optouts where space_id = $1 and number = $2 and media = $3`;
  return (await db.query<Optout>({ name: 'optouts-find', text }, [space, key.number, key.media])).rows[0];
}

export async function insertOptout(
  tx: Transaction,
  space: SpaceId,
  { number, media, reason, at }: OptoutKey & { reason: string; at: number },
): Promise<Optout> {
  const text = `insert into optouts (space_id, number, media, since, reason)
                values ($1, $2, $3, to_timestamp($4::bigint / 1000.0), $5) returning ${columns}`;
  return (await tx.query<Optout>({ name: 'optouts-insert', text }, [space, number, media, at, reason])).rows[0]!;
}

export async function replaceOptout(
  tx: Transaction,
  space: SpaceId,
  { number, media }: OptoutKey,
  reason: string,
): Promise<Optout | undefined> {
  const text = `update optouts set reason = $4 where space_id = $1 and number = $2 and media = $3 returning ${columns}`;
  return (await tx.query<Optout>({ name: 'optouts-replace', text }, [space, number, media, reason])).rows[0];
}

export async function removeOptout(tx: Transaction, space: SpaceId, key: OptoutKey): Promise<boolean> {
  const text = 'delete from optouts where space_id = $1 and number = $2 and media = $3';
  return (await tx.query({ name: 'optouts-remove', text }, [space, key.number, key.media])).rowCount === 1;
}
