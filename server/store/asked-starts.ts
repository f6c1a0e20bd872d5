// Starts that were asked of broadcasts nobody has checked, until they run or are refused. One process at a time is at each
// of them; whoever finds one whose time is over takes it up.
import type { BroadcastId, Instant, SpaceId } from '../domain/ids.ts';
import type { Transaction } from '../platform/db.ts';

export interface AskedStart {
  space: SpaceId;
  broadcast: BroadcastId;
  /** Which start: it may be taken back, and asked again. */
  askedAt: Instant;
}

const instantOf = (parameter: string) => `to_timestamp(${parameter}::bigint / 1000.0)`;

/** From then on it is `validating`. Its row is locked. */
export async function askStart(
  tx: Transaction,
  { space, broadcast, askedAt }: AskedStart,
  heldUntil: Instant,
): Promise<void> {
  const text = `update broadcasts set state = 'validating', start_asked_at = ${instantOf('$3')},
                       start_held_until = ${instantOf('$4')}, start_errors = null
                 where space_id = $1 and id = $2`;
  await tx.query({ name: 'starts.ask', text }, [space, broadcast, askedAt, heldUntil]);
}

/** Those that nobody is at. */
export async function takeAskedStarts(
  db: Transaction,
  { now, heldUntil }: { now: Instant; heldUntil: Instant },
): Promise<AskedStart[]> {
  const text = `update broadcasts set start_held_until = ${instantOf('$2')}
                 where start_asked_at is not null and start_held_until <= ${instantOf('$1')}
                returning space_id as space, id as broadcast, (extract(epoch from start_asked_at) * 1000)::bigint as "askedAt"`;
  return (await db.query<AskedStart>({ name: 'starts.take', text }, [now, heldUntil])).rows;
}

/** False: it is asked no more. */
export async function holdAskedStart(
  db: Transaction,
  { space, broadcast, askedAt }: AskedStart,
  heldUntil: Instant,
): Promise<boolean> {
  const text = `update broadcasts set start_held_until = ${instantOf('$4')}
                 where space_id = $1 and id = $2 and start_asked_at = ${instantOf('$3')}`;
  const values = [space, broadcast, askedAt, heldUntil];
  return (await db.query({ name: 'starts.hold', text }, values)).rowCount === 1;
}

/** It is a draft again, which says what was found wrong. Its row is locked. */
export async function refuseStart(
  tx: Transaction,
  { space, broadcast }: AskedStart,
  errors: readonly { path: string; message: string }[],
): Promise<void> {
  const text = `update broadcasts set state = 'draft', start_asked_at = null, start_held_until = null, start_errors = $3
                 where space_id = $1 and id = $2`;
  await tx.query({ name: 'starts.refuse', text }, [space, broadcast, JSON.stringify(errors)]);
}
