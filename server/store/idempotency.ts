// What an Idempotency-Key was used for. A claim commits before its request runs: after a crash the outcome is unknown,
// and such a key is never run again.
import type { Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface IdempotencyClaim {
  space: SpaceId;
  actor: string;
  key: string;
}

export type Claimed =
  | { is: 'new' }
  | { is: 'other_request' }
  | { is: 'running' }
  | { is: 'answered'; status: number; response: unknown };

const KEPT_MS = 24 * 3_600_000;

export async function claimKey(
  db: Transaction,
  { space, actor, key }: IdempotencyClaim,
  requestHash: Buffer,
  now: Instant,
): Promise<Claimed> {
  await db.query({ name: 'idempotency-sweep', text: 'delete from idempotency_keys where created_at < $1' }, [
    new Date(now - KEPT_MS),
  ]);
  const { rowCount } = await db.query(
    {
      name: 'idempotency-claim',
      text: `insert into idempotency_keys (space_id, actor, key, request_hash, created_at) values ($1, $2, $3, $4, $5)
             on conflict do nothing`,
    },
    [space, actor, key, requestHash, new Date(now)],
  );
  if (rowCount === 1) return { is: 'new' };
  const { rows } = await db.query<{ request_hash: Buffer; status: number | null; response: unknown }>(
    {
      name: 'idempotency-find',
      text: `select request_hash, status, response from idempotency_keys
              where space_id = $1 and actor = $2 and key = $3`,
    },
    [space, actor, key],
  );
  const row = rows[0];
  if (!row) return { is: 'running' }; // Its request was refused between the two statements; asking again will do.
  if (!row.request_hash.equals(requestHash)) return { is: 'other_request' };
  return row.status === null ? { is: 'running' } : { is: 'answered', status: row.status, response: row.response };
}

export async function keepAnswer(
  db: Transaction,
  { space, actor, key }: IdempotencyClaim,
  status: number,
  response: unknown,
): Promise<void> {
  const text = 'update idempotency_keys set status = $4, response = $5 where space_id = $1 and actor = $2 and key = $3';
  await db.query({ name: 'idempotency-keep', text }, [space, actor, key, status, JSON.stringify(response)]);
}

/** The request was refused and has changed nothing: the key may be used again. */
export async function releaseKey(db: Transaction, { space, actor, key }: IdempotencyClaim): Promise<void> {
  const text = 'delete from idempotency_keys where space_id = $1 and actor = $2 and key = $3';
  await db.query({ name: 'idempotency-release', text }, [space, actor, key]);
}
