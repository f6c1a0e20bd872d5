// Follows the journal and keeps a row a call, for GET /calls.
import type { Call } from '../../../contract/rest/calls.ts';
import { isCallEvent } from '../../domain/events.ts';
import type { CallId, SpaceId } from '../../domain/ids.ts';
import type { Follower } from '../../journal/journal.ts';
import type { Transaction } from '../../platform/db.ts';
import { callAfter } from './call-record.ts';

export const callsFollower = (): Follower => ({
  name: 'calls',
  concerns: isCallEvent,
  async apply(tx, recorded) {
    const space = recorded[0]?.space;
    const events = recorded.map(({ event }) => event).filter(isCallEvent);
    if (space === undefined || events.length === 0) return;
    const ids = [...new Set(events.map((event) => event.call))];
    const calls = await readCalls(tx, space, ids);
    for (const event of events) {
      const call = callAfter(space, calls.get(event.call), event);
      if (call) calls.set(event.call, call);
    }
    await writeCalls(tx, space, [...calls.values()]);
  },
});

async function readCalls(tx: Transaction, space: SpaceId, ids: readonly CallId[]): Promise<Map<CallId, Call>> {
  const { rows } = await tx.query<{ id: CallId; call: Call }>(
    { name: 'calls.read_some', text: 'select id, call from calls where space_id = $1 and id = any($2)' },
    [space, ids],
  );
  return new Map(rows.map(({ id, call }) => [id, call]));
}

async function writeCalls(tx: Transaction, space: SpaceId, calls: readonly Call[]): Promise<void> {
  await tx.query(
    {
      name: 'calls.write_some',
      text: `insert into calls (space_id, id, created_at, live, direction, queue_id, user_id, call)
             select $1, * from unnest($2::text[], $3::timestamptz[], $4::bool[], $5::text[], $6::int[], $7::int[], $8::json[])
                 on conflict (space_id, id) do update set live = excluded.live, queue_id = excluded.queue_id,
                                                          user_id = excluded.user_id, call = excluded.call`,
    },
    [
      space,
      calls.map((call) => call.id),
      calls.map((call) => call.created_at),
      calls.map((call) => call.state !== 'ended'),
      calls.map((call) => call.direction),
      calls.map((call) => call.queue_id),
      calls.map((call) => call.user_id),
      calls.map((call) => JSON.stringify(call)),
    ],
  );
}
