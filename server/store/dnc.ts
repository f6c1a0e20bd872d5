// Numbers that must not be called: by the whole space, or by one campaign. E.164 digits.
import type { DoNotCall } from '../../contract/rest/dnc.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

const columns = `id, space_id, number, nullif(campaign_id, '') as campaign_id, reason,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at`;

export async function listDoNotCall(
  db: Transaction,
  space: SpaceId | null,
  slice: { after: number; limit: number; numbers: readonly string[] | null; campaign: string | null },
): Promise<DoNotCall[]> {
  const { rows } = await db.query<DoNotCall>(
    `select ${columns} from do_not_call
      where ($1::int is null or space_id = $1) and id > $2 and ($3::text[] is null or number = any($3))
        and ($4::text is null or campaign_id = $4)
      order by id limit $5`,
    [space, slice.after, slice.numbers, slice.campaign, slice.limit],
  );
  return rows;
}

export async function findDoNotCall(db: Transaction, id: number): Promise<DoNotCall | undefined> {
  const text = `select ${columns} from do_not_call where id = $1`;
  return (await db.query<DoNotCall>({ name: 'dnc-find', text }, [id])).rows[0];
}

export async function insertDoNotCall(
  tx: Transaction,
  space: SpaceId,
  entry: { number: string; campaign: string | null; reason: string | null },
): Promise<DoNotCall> {
  const text = `insert into do_not_call (space_id, number, campaign_id, reason) values ($1, $2, $3, $4) returning ${columns}`;
  const values = [space, entry.number, entry.campaign ?? '', entry.reason];
  return (await tx.query<DoNotCall>({ name: 'dnc-insert', text }, values)).rows[0]!;
}

export async function removeDoNotCall(tx: Transaction, space: SpaceId, id: number): Promise<boolean> {
  const text = 'delete from do_not_call where space_id = $1 and id = $2';
  return (await tx.query({ name: 'dnc-remove', text }, [space, id])).rowCount === 1;
}

/** Which of the numbers that campaign must not call. */
export async function forbiddenAmong(
  db: Transaction,
  space: SpaceId,
  campaign: string,
  numbers: readonly string[],
): Promise<Set<string>> {
  const text = `select distinct number from do_not_call
                 where space_id = $1 and number = any($2) and campaign_id in ('', $3)`;
  const { rows } = await db.query<{ number: string }>({ name: 'dnc-among', text }, [space, numbers, campaign]);
  return new Set(rows.map((row) => row.number));
}
