// The frames' tables. What is written belongs to the follower's transaction; what is read serves the stream.
import type { Notification } from '../../../contract/supervision.ts';
import type { SpaceId, UserId } from '../../domain/ids.ts';
import type { Transaction } from '../../platform/db.ts';
import { unseenPhone, type Phone } from './frames-of.ts';
import { applyFrame, emptyState, type Frame, type SupervisionState } from './state.ts';

export interface SpaceFrame extends Frame {
  space: SpaceId;
}

/** The head's cpt, its row locked until the transaction ends. */
export async function lockHead(tx: Transaction, space: SpaceId): Promise<number> {
  const { rows } = await tx.query<{ cpt: number }>(
    {
      name: 'supervision.lock_head',
      text: `insert into supervision_heads as head (space_id, cpt) values ($1, 0)
                 on conflict (space_id) do update set cpt = head.cpt returning cpt`,
    },
    [space],
  );
  return rows[0]!.cpt;
}

export async function appendFrames(tx: Transaction, space: SpaceId, frames: readonly Frame[]): Promise<void> {
  await tx.query(
    {
      name: 'supervision.append_frames',
      text: `with added as (
               insert into supervision_frames (space_id, cpt, at, event)
               select $1, * from unnest($2::bigint[], $3::bigint[], $4::json[]))
             update supervision_heads set cpt = $5 where space_id = $1`,
    },
    [
      space,
      frames.map(({ cpt }) => cpt),
      frames.map(({ at }) => at),
      frames.map(({ event }) => JSON.stringify(event)),
      frames.at(-1)!.cpt,
    ],
  );
}

/** Has an entry for each of `users`. */
export async function readPhones(
  tx: Transaction,
  space: SpaceId,
  users: readonly UserId[],
): Promise<Map<UserId, Phone>> {
  const { rows } = await tx.query<{ user_id: UserId; phone: Phone }>(
    {
      name: 'supervision.read_phones',
      text: 'select user_id, phone from supervision_phones where space_id = $1 and user_id = any($2)',
    },
    [space, users],
  );
  const phones = new Map(users.map((user) => [user, unseenPhone]));
  for (const { user_id, phone } of rows) phones.set(user_id, phone);
  return phones;
}

export async function writePhones(tx: Transaction, space: SpaceId, phones: ReadonlyMap<UserId, Phone>): Promise<void> {
  await tx.query(
    {
      name: 'supervision.write_phones',
      text: `insert into supervision_phones (space_id, user_id, phone)
             select $1, * from unnest($2::int[], $3::json[])
                 on conflict (space_id, user_id) do update set phone = excluded.phone`,
    },
    [space, [...phones.keys()], [...phones.values()].map((phone) => JSON.stringify(phone))],
  );
}

/** The fold of all frames so far: the stored snapshot and what came after it. */
export async function readState(tx: Transaction, space: SpaceId): Promise<SupervisionState> {
  const { rows } = await tx.query<{ state: SupervisionState }>(
    'select state from supervision_snapshots where space_id = $1',
    [space],
  );
  let state = rows[0]?.state ?? emptyState;
  for (;;) {
    const frames = await readFrames(tx, space, state.cpt, { upTo: Number.MAX_SAFE_INTEGER, limit: 1_000 });
    const first = frames[0];
    if (!first) return state;
    // Between the two questions a newer snapshot was stored, and frames that it holds were deleted.
    if (first.cpt !== state.cpt + 1) return await readState(tx, space);
    state = frames.reduce(applyFrame, state);
  }
}

export async function writeSnapshot(tx: Transaction, space: SpaceId, state: SupervisionState): Promise<void> {
  await tx.query(
    `insert into supervision_snapshots as kept (space_id, cpt, state) values ($1, $2, $3)
         on conflict (space_id) do update set cpt = excluded.cpt, state = excluded.state where kept.cpt < excluded.cpt`,
    [space, state.cpt, JSON.stringify(state)],
  );
}

/** Frames after `cpt` in order. The first one is not `cpt + 1` when that has been deleted. */
export async function readFrames(
  tx: Transaction,
  space: SpaceId,
  cpt: number,
  { upTo, limit }: { upTo: number; limit: number },
): Promise<Frame[]> {
  const { rows } = await tx.query<{ cpt: number; at: number; event: Notification }>(
    {
      name: 'supervision.read_frames',
      text: `select cpt, at, event from supervision_frames
              where space_id = $1 and cpt > $2 and cpt <= $3 order by cpt limit $4`,
    },
    [space, cpt, upTo, limit],
  );
  return rows;
}

/** Frames of several spaces after what each has got, in order within a space, at most `limit` of each. */
export async function readNewFrames(
  tx: Transaction,
  got: ReadonlyMap<SpaceId, number>,
  limit: number,
): Promise<SpaceFrame[]> {
  const { rows } = await tx.query<SpaceFrame>(
    {
      name: 'supervision.read_new_frames',
      text: `select got.space_id as space, frame.cpt, frame.at, frame.event
               from unnest($1::int[], $2::bigint[]) as got (space_id, cpt)
              cross join lateral (select cpt, at, event from supervision_frames
                                   where space_id = got.space_id and cpt > got.cpt
                                   order by cpt limit $3) frame
              order by got.space_id, frame.cpt`,
    },
    [[...got.keys()], [...got.values()], limit],
  );
  return rows;
}

export async function readHead(tx: Transaction, space: SpaceId): Promise<number> {
  const { rows } = await tx.query<{ cpt: number }>('select cpt from supervision_heads where space_id = $1', [space]);
  return rows[0]?.cpt ?? 0;
}

/** Those that ever had a frame. */
export async function spacesWithFrames(tx: Transaction): Promise<SpaceId[]> {
  const { rows } = await tx.query<{ space: SpaceId }>('select space_id as space from supervision_heads');
  return rows.map(({ space }) => space);
}

/** Deletes up to `limit` of a space's oldest frames, none that the stored snapshot does not hold. Returns how many. */
export async function deleteOldFrames(tx: Transaction, space: SpaceId, before: number, limit: number): Promise<number> {
  const { rowCount } = await tx.query(
    `with oldest as (
       select cpt, at from supervision_frames where space_id = $1 order by cpt limit $3)
     delete from supervision_frames frame using oldest
      where frame.space_id = $1 and frame.cpt = oldest.cpt and oldest.at < $2
        and frame.cpt <= (select cpt from supervision_snapshots where space_id = $1)`,
    [space, before, limit],
  );
  return rowCount ?? 0;
}
