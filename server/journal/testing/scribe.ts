// A follower that writes down each event it is given, also a second time, so that it would be seen.
import type { SpaceId } from '../../domain/ids.ts';
import type { Follower } from '../journal.ts';
import type { Transaction } from '../../platform/db.ts';

export async function createScribeTable(database: Transaction): Promise<void> {
  await database.query('create table scribed (name text, space_id integer, seq bigint, place bigserial primary key)');
}

export function aScribe(name: string, more: Partial<Follower> = {}): Follower {
  return {
    name,
    async apply(tx, events) {
      await tx.query('insert into scribed (name, space_id, seq) select $1, $2, seq from unnest($3::bigint[]) seq', [
        name,
        events[0]!.space,
        events.map(({ seq }) => seq),
      ]);
    },
    ...more,
  };
}

/** In the order in which they were applied. */
export async function scribedBy(database: Transaction, name: string, space: SpaceId): Promise<number[]> {
  const { rows } = await database.query<{ seq: number }>(
    'select seq from scribed where name = $1 and space_id = $2 order by place',
    [name, space],
  );
  return rows.map(({ seq }) => seq);
}
