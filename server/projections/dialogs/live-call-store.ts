// The live calls between two pages of the journal.
import type { CallId, SpaceId } from '../../domain/ids.ts';
import type { Transaction } from '../../platform/db.ts';
import type { LiveCall } from './live-call.ts';

export async function readLiveCalls(
  tx: Transaction,
  space: SpaceId,
  calls: readonly CallId[],
): Promise<Map<CallId, LiveCall>> {
  const { rows } = await tx.query<{ live: LiveCall }>(
    { name: 'dialog_calls.read', text: 'select live from dialog_calls where space_id = $1 and call_id = any($2)' },
    [space, calls],
  );
  return new Map(rows.map(({ live }) => [live.call, live]));
}

export async function writeLiveCalls(tx: Transaction, space: SpaceId, calls: readonly LiveCall[]): Promise<void> {
  await tx.query(
    {
      name: 'dialog_calls.write',
      text: `insert into dialog_calls (space_id, call_id, live)
             select $1, * from unnest($2::text[], $3::json[])
                 on conflict (space_id, call_id) do update set live = excluded.live`,
    },
    [space, calls.map(({ call }) => call), calls.map((call) => JSON.stringify(call))],
  );
}

/** They have ended. */
export async function removeLiveCalls(tx: Transaction, space: SpaceId, calls: readonly CallId[]): Promise<void> {
  await tx.query(
    { name: 'dialog_calls.remove', text: 'delete from dialog_calls where space_id = $1 and call_id = any($2)' },
    [space, calls],
  );
}
