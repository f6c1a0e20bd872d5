import { expect, onTestFinished, test, vi } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { type Clock, realClock, VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { Bell } from './bell.ts';

const database = await testDatabase();
const heads = (space: number, seq: number) => new Map([[asId<SpaceId>(space), seq]]);

function aBell(clock: Clock = realClock): Bell {
  const bell = new Bell({ database, log: silentLog, clock });
  onTestFinished(() => bell.close());
  return bell;
}

/** Without its polls. */
function heardBy(bell: Bell): (readonly [number, number])[] {
  const heard: (readonly [number, number])[] = [];
  bell.on((grown) => heard.push(...(grown ?? [])));
  return heard;
}

/** Rings until the other one hears: nobody says when it has begun to listen. */
async function rungUntilHeard(bell: Bell, space: number, heard: (readonly [number, number])[]): Promise<void> {
  let seq = 0;
  await vi.waitFor(() => {
    bell.ring(heads(space, ++seq));
    expect(heard.map(([each]) => each)).toContain(space);
  }, 10_000);
}

test('our listeners are called at once, and not again when our own notification comes back', async () => {
  const [one, two] = [aBell(), aBell()];
  const [ours, theirs] = [heardBy(one), heardBy(two)];
  await rungUntilHeard(one, 1, theirs);
  ours.length = 0;
  one.ring(heads(2, 7));
  expect(ours).toEqual([[2, 7]]);
  await rungUntilHeard(two, 3, ours);
  expect(ours.filter(([space]) => space === 2)).toEqual([[2, 7]]);
});

test('what is rung while a notification is under way goes with the next one: the newest head of each space', async () => {
  const [one, two] = [aBell(), aBell()];
  const theirs = heardBy(two);
  await rungUntilHeard(one, 1, theirs);
  theirs.length = 0;
  for (let seq = 1; seq <= 1_000; seq++) one.ring(heads(4 + (seq % 2), seq));
  await vi.waitFor(() => {
    expect(theirs).toContainEqual([4, 1_000]);
    expect(theirs).toContainEqual([5, 999]);
  }, 5_000);
  expect(theirs.length).toBeLessThan(10);
});

test('more heads than a notification holds: others are told to look themselves', async () => {
  const [one, two] = [aBell(), aBell(new VirtualClock())]; // the other never polls
  await rungUntilHeard(one, 1, heardBy(two));
  const listener = vi.fn<(grown?: ReadonlyMap<SpaceId, number>) => void>();
  two.on(listener);
  one.ring(new Map(Array.from({ length: 5_000 }, (_, space) => [asId<SpaceId>(1_000_000 + space), 1_000_000_000])));
  await vi.waitFor(() => expect(listener.mock.calls).toContainEqual([undefined]), 5_000);
});

test('a connection that is cut is made again', async () => {
  const [one, two] = [aBell(), aBell()];
  const theirs = heardBy(two);
  await rungUntilHeard(one, 1, theirs);
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await rungUntilHeard(one, 2, theirs);
});

test('every second listeners are asked to look, whatever is told', async () => {
  const clock = new VirtualClock();
  const bell = aBell(clock);
  const listener = vi.fn<(grown?: ReadonlyMap<SpaceId, number>) => void>();
  const leave = bell.on(listener);
  await clock.advance(3_500);
  expect(listener.mock.calls).toEqual([[undefined], [undefined], [undefined]]);
  leave();
  await clock.advance(2_000);
  expect(listener).toHaveBeenCalledTimes(3);
});

test('a listener that throws does not keep the others from hearing', () => {
  const bell = aBell();
  bell.on(() => {
    throw new Error('deaf');
  });
  const heard = heardBy(bell);
  bell.ring(heads(1, 1));
  expect(heard).toEqual([[1, 1]]);
});
