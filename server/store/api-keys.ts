import { createHash, randomBytes } from 'node:crypto';
import type { ApiKey } from '../../contract/rest/api-keys.ts';
import type { Role } from '../domain/directory.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';
import type { Slice } from './table.ts';

const columns = `id, space_id, name, role, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at`;

const hashOf = (key: string) => createHash('sha256').update(key).digest();

export async function listApiKeys(db: Transaction, space: SpaceId | null, slice: Slice): Promise<ApiKey[]> {
  const { rows } = await db.query<ApiKey>(
    {
      name: 'api-keys-list',
      text: `select ${columns} from api_keys
              where ($1::int is null or space_id = $1) and id > $2::bigint order by id limit $3`,
    },
    [space, slice.after, slice.limit],
  );
  return rows;
}

export async function findApiKey(db: Transaction, id: number): Promise<ApiKey | undefined> {
  const sql = { name: 'api-keys-find', text: `select ${columns} from api_keys where id = $1` };
  return (await db.query<ApiKey>(sql, [id])).rows[0];
}

/** `key` is known to nobody but its holder from now on. */
export async function insertApiKey(
  tx: Transaction,
  space: SpaceId,
  input: { name: string; role: Role },
): Promise<ApiKey & { key: string }> {
  const key = `parley_${randomBytes(32).toString('base64url')}`;
  const text = `insert into api_keys (space_id, name, role, key_hash) values ($1, $2, $3, $4) returning ${columns}`;
  const values = [space, input.name, input.role, hashOf(key)];
  const { rows } = await tx.query<ApiKey>({ name: 'api-keys-insert', text }, values);
  return { ...rows[0]!, key };
}

export async function removeApiKey(tx: Transaction, space: SpaceId, id: number): Promise<boolean> {
  const text = 'delete from api_keys where space_id = $1 and id = $2';
  return (await tx.query({ name: 'api-keys-remove', text }, [space, id])).rowCount === 1;
}

export async function findKeyOwner(
  db: Transaction,
  key: string,
): Promise<{ id: number; space: SpaceId; name: string; role: Role } | undefined> {
  const text = 'select id, space_id as space, name, role from api_keys where key_hash = $1';
  const { rows } = await db.query<{ id: number; space: SpaceId; name: string; role: Role }>(
    { name: 'api-keys-owner', text },
    [hashOf(key)],
  );
  return rows[0];
}
