import type { Pause } from '../../contract/rest/pauses.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

/** The sixteen that every space has from its start. */
export async function insertPauses(tx: Transaction, space: SpaceId): Promise<void> {
  await tx.query(
    {
      name: 'pauses-insert',
      text: `insert into pauses (space_id, id, value)
             select $1, 'user' || n, case n when 15 then 'Unavailable' else 'Pause ' || n + 1 end
               from generate_series(0, 15) n`,
    },
    [space],
  );
}

/** All of a space, or of all spaces, by space and number. */
export async function listPauses(db: Transaction, space: SpaceId | null): Promise<Pause[]> {
  const { rows } = await db.query<Pause>(
    {
      name: 'pauses-list',
      text: `select space_id, id, value from pauses where $1::int is null or space_id = $1
              order by space_id, substr(id, 5)::int`,
    },
    [space],
  );
  return rows;
}

export async function findPause(db: Transaction, space: SpaceId, id: string): Promise<Pause | undefined> {
  const text = 'select space_id, id, value from pauses where space_id = $1 and id = $2';
  return (await db.query<Pause>({ name: 'pauses-find', text }, [space, id])).rows[0];
}

/** undefined: no such space. */
export async function renamePause(
  tx: Transaction,
  space: SpaceId,
  id: string,
  value: string,
): Promise<Pause | undefined> {
  const text = 'update pauses set value = $3 where space_id = $1 and id = $2 returning space_id, id, value';
  return (await tx.query<Pause>({ name: 'pauses-rename', text }, [space, id, value])).rows[0];
}
