// How long pushes and their tries are kept, in days.
import type { Retention } from '../../contract/rest/deliveries.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export const defaultRetention: Retention = { delivered_days: 30, undelivered_days: 90 };

export async function readRetention(db: Transaction, space: SpaceId): Promise<Retention> {
  const { rows } = await db.query<Retention>(
    'select delivered_days, undelivered_days from delivery_settings where space_id = $1',
    [space],
  );
  return rows[0] ?? defaultRetention;
}

export async function writeRetention(tx: Transaction, space: SpaceId, retention: Retention): Promise<Retention> {
  await tx.query(
    `insert into delivery_settings (space_id, delivered_days, undelivered_days) values ($1, $2, $3)
         on conflict (space_id) do update set delivered_days = excluded.delivered_days,
                                             undelivered_days = excluded.undelivered_days`,
    [space, retention.delivered_days, retention.undelivered_days],
  );
  return retention;
}
