import type { Vip, VipInput } from '../../contract/rest/vips.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

const columns = 'space_id, number, vip_rate, priority';

/** By space and number, after the pair given; space 0: from the start. */
export async function listVips(
  db: Transaction,
  space: SpaceId | null,
  slice: { afterSpace: number; afterNumber: string; limit: number },
): Promise<Vip[]> {
  const { rows } = await db.query<Vip>(
    {
      name: 'vips-list',
      text: `select ${columns} from vips
              where ($1::int is null or space_id = $1) and (space_id, number) > ($2, $3)
              order by space_id, number limit $4`,
    },
    [space, slice.afterSpace, slice.afterNumber, slice.limit],
  );
  return rows;
}

export async function findVip(db: Transaction, space: SpaceId, number: string): Promise<Vip | undefined> {
  const text = `select ${columns} from vips where space_id = $1 and number = $2`;
  return (await db.query<Vip>({ name: 'vips-find', text }, [space, number])).rows[0];
}

export async function insertVip(tx: Transaction, space: SpaceId, vip: VipInput & { number: string }): Promise<Vip> {
  const text = `insert into vips (space_id, number, vip_rate, priority) values ($1, $2, $3, $4) returning ${columns}`;
  const values = [space, vip.number, vip.vip_rate, vip.priority];
  return (await tx.query<Vip>({ name: 'vips-insert', text }, values)).rows[0]!;
}

export async function replaceVip(
  tx: Transaction,
  space: SpaceId,
  number: string,
  vip: VipInput,
): Promise<Vip | undefined> {
  const text = `update vips set vip_rate = $3, priority = $4 where space_id = $1 and number = $2 returning ${columns}`;
  const values = [space, number, vip.vip_rate, vip.priority];
  return (await tx.query<Vip>({ name: 'vips-replace', text }, values)).rows[0];
}

export async function removeVip(tx: Transaction, space: SpaceId, number: string): Promise<boolean> {
  const text = 'delete from vips where space_id = $1 and number = $2';
  return (await tx.query({ name: 'vips-remove', text }, [space, number])).rowCount === 1;
}
