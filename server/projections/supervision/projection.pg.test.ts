import { expect, test } from 'vitest';
import type { Event } from '../../domain/events.ts';
import { streamOf } from '../../domain/events.ts';
import { after, asId, type SpaceId, type UserId } from '../../domain/ids.ts';
import type { Follower, Recorded } from '../../journal/journal.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { deleteOldFrames, readFrames, readHead, readNewFrames, readState } from './frame-store.ts';
import { supervisionFollower } from './projection.ts';
import { applyFrame, emptyState } from './state.ts';
import { atDesk, queueCall, start } from './testing/stories.ts';

const database = await testDatabase();
const ana = asId<UserId>(8);
const all = { upTo: Number.MAX_SAFE_INTEGER, limit: 10_000 };
let spaces = 0;
const newSpace = () => asId<SpaceId>(++spaces);
const calls = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => queueCall(from + index, ana, after(start, index * 1_000))).flat();

test('each space counts its own frames from 1, without a gap, over pages and restarts', async () => {
  const [one, other] = [newSpace(), newSpace()];
  await follow(follower(), one, [...atDesk(ana, start), ...calls(2)]);
  await follow(follower(), other, calls(1));
  await follow(follower(), one, calls(3, 3));

  expect(await cptsOf(one)).toEqual(upTo(2 + 5 * 6));
  expect(await cptsOf(other)).toEqual(upTo(6));
  expect(await readHead(database, one)).toBe(2 + 5 * 6);
});

test('an agent logged in before a restart is available after his next call', async () => {
  const space = newSpace();
  await follow(follower(), space, atDesk(ana, start));
  await follow(follower(), space, calls(1));
  const frames = await readFrames(database, space, 0, all);
  expect(frames.at(-1)?.event.msg).toEqual({ status: 'available', id_operator: 8, id_client: space });
});

test('two processes that write at the same time never share or skip a number', async () => {
  const space = newSpace();
  const [one, two] = [follower(), follower()];
  await Promise.all(
    Array.from({ length: 20 }, (_, page) => follow(page % 2 === 0 ? one : two, space, calls(3, page * 3 + 1))),
  );
  expect(await cptsOf(space)).toEqual(upTo(20 * 3 * 6));
});

test('a page that fails leaves neither frames nor a gap', async () => {
  const space = newSpace();
  await follow(follower(), space, calls(1));
  const failed = database.transaction(async (tx) => {
    await follower().apply(tx, recorded(space, calls(1, 2)));
    throw new Error('crash before the commit');
  });
  await expect(failed).rejects.toThrow('crash before the commit');
  await follow(follower(), space, calls(1, 2));
  expect(await cptsOf(space)).toEqual(upTo(12));
});

test('the state at n is the fold of the frames 1 to n, whether it starts from a stored snapshot or from nothing', async () => {
  const space = newSpace();
  for (let page = 0; page < 9; page++) {
    await follow(follower(), space, calls(1, page + 1).slice(0, 5));
    const frames = await readFrames(database, space, 0, all);
    expect(frames).toHaveLength(4 * (page + 1));
    expect(await readState(database, space)).toEqual(frames.reduce(applyFrame, emptyState));
  }
  const { rows } = await database.query('select cpt from supervision_snapshots where space_id = $1', [space]);
  expect(rows).toEqual([{ cpt: 32 }]);
});

test('old frames are deleted in bounded steps, none that the state still needs', async () => {
  const space = newSpace();
  await follow(follower(), space, calls(9));
  const before = await readState(database, space);
  const deleted = [];
  for (let step = 0; step < 4; step++) deleted.push(await deleteOldFrames(database, space, after(start, 1e9), 20));
  expect(deleted).toEqual([20, 20, 14, 0]);
  await follow(follower(), space, calls(1, 10).slice(0, 3));
  expect((await readFrames(database, space, 0, all)).map(({ cpt }) => cpt)).toEqual([55, 56, 57]);
  expect((await readState(database, space)).cpt).toBe(57);
  expect((await readState(database, space)).agents[8]).toMatchObject({ status: 'connected' });
  expect(before.cpt).toBe(54);
});

test('new frames of several spaces come in one question, in order', async () => {
  const [one, other] = [newSpace(), newSpace()];
  await follow(follower(), one, calls(1));
  await follow(follower(), other, calls(1));
  const got = await readNewFrames(
    database,
    new Map([
      [one, 4],
      [other, 0],
    ]),
    3,
  );
  expect(got.map(({ space, cpt }) => [space, cpt])).toEqual([
    [one, 5],
    [one, 6],
    [other, 1],
    [other, 2],
    [other, 3],
  ]);
});

test('those who wait are told once for each space that moved', async () => {
  const told: SpaceId[] = [];
  const one = supervisionFollower({ onFrames: (space) => told.push(space) });
  const space = newSpace();
  await follow(one, space, calls(2));
  expect(told).toEqual([space]);
});

function follower(): Follower {
  return supervisionFollower({ onFrames: () => undefined, snapshotEvery: 8 });
}

async function follow(one: Follower, space: SpaceId, events: readonly Event[]): Promise<void> {
  const page = recorded(space, events);
  await database.transaction((tx) => one.apply(tx, page));
  one.committed?.(page);
}

function recorded(space: SpaceId, events: readonly Event[]): Recorded[] {
  return events.map((event, index) => ({ space, seq: index + 1, stream: streamOf(event), version: 1, event }));
}

async function cptsOf(space: SpaceId): Promise<number[]> {
  return (await readFrames(database, space, 0, all)).map(({ cpt }) => cpt);
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
