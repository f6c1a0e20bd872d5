import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { asId, instant, type SpaceId, type UserId } from '../domain/ids.ts';
import { realClock, VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { type FollowOptions, follow } from './follow.ts';
import type { Append, Follower, Recorded } from './journal.ts';
import { openPgJournal } from './pg-journal.ts';
import { RecentEvents } from './recent-events.ts';
import { anAppend } from './testing/events.ts';
import { unreliable } from './testing/unreliable-database.ts';
import { aScribe, createScribeTable, scribedBy } from './testing/scribe.ts';

const database = await testDatabase();
const journal = openPgJournal({ database, log: silentLog, clock: realClock });
await createScribeTable(database);
afterAll(() => journal.close());

let spaces = 0;
const aSpace = () => asId<SpaceId>(++spaces);

const appliedBy = (name: string, space: SpaceId) => scribedBy(database, name, space);

function following(follower: Follower, more: Partial<FollowOptions> = {}) {
  const running = follow({ database, journal, follower, log: silentLog, clock: realClock, ...more });
  onTestFinished(() => running.stop());
  return running;
}

const waiting = { timeout: 5_000, interval: 5 };
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

test('a follower gets what was there before it came and what comes later, also of new spaces', async () => {
  const [old, young] = [aSpace(), aSpace()];
  await journal.append(anAppend(old, { events: 3 }));
  const told: string[] = [];
  const scribe = following(
    aScribe('all', { committed: (events) => told.push(...events.map(({ space, seq }) => `${space}/${seq}`)) }),
  );
  await scribe.caughtUp();
  await journal.append(anAppend(old));
  await journal.append(anAppend(young, { events: 2 }));
  await scribe.caughtUp();
  expect(await appliedBy('all', old)).toEqual([1, 2, 3, 4]);
  expect(await appliedBy('all', young)).toEqual([1, 2]);
  expect(told.filter((each) => each.startsWith(`${old}/`))).toEqual([1, 2, 3, 4].map((seq) => `${old}/${seq}`));
  expect(await scribe.lag()).toMatchObject({ name: 'all', events: 0, oldestMs: 0 });
});

test('it goes on where it stopped', async () => {
  const space = aSpace();
  await journal.append(anAppend(space, { events: 2 }));
  const before = following(aScribe('stopped'));
  await before.caughtUp();
  await before.stop();
  await journal.append(anAppend(space, { events: 2 }));
  await following(aScribe('stopped')).caughtUp();
  expect(await appliedBy('stopped', space)).toEqual(upTo(4));
});

test('pages are bounded and in order', async () => {
  const space = aSpace();
  await journal.append(anAppend(space, { events: 25 }));
  const sizes: number[] = [];
  const scribe = following(aScribe('paged', { committed: (events) => sizes.push(events.length) }), {
    pageSize: 10,
    spaces: [space],
  });
  await scribe.caughtUp();
  expect(sizes).toEqual([10, 10, 5]);
  expect(await appliedBy('paged', space)).toEqual(upTo(25));
});

test('only the spaces asked for', async () => {
  const [ours, other] = [aSpace(), aSpace()];
  await journal.append(anAppend(other));
  const scribe = following(aScribe('some'), { spaces: [ours] });
  await journal.append(anAppend(ours));
  await journal.append(anAppend(other));
  await scribe.caughtUp();
  expect(await appliedBy('some', ours)).toEqual([1]);
  expect(await appliedBy('some', other)).toEqual([]);
});

test('a page that fails is tried again and never skipped, keeps nothing of itself, and other spaces go on', async () => {
  const [bad, good] = [aSpace(), aSpace()];
  let failing = true;
  const scribe = aScribe('failing');
  const running = following(
    {
      ...scribe,
      async apply(tx, events) {
        await scribe.apply(tx, events);
        if (failing && events[0]?.space === bad) throw new Error('cannot');
      },
    },
    { spaces: [bad, good] },
  );
  await journal.append(anAppend(bad, { events: 2 }));
  await journal.append(anAppend(good, { events: 2 }));
  await vi.waitFor(async () => expect(await appliedBy('failing', good)).toEqual([1, 2]), waiting);
  expect(await appliedBy('failing', bad)).toEqual([]);
  expect((await running.lag()).events).toBe(2);
  await expect(running.caughtUp(100)).rejects.toMatchObject({ code: 'database.unavailable' });
  failing = false;
  await running.caughtUp();
  expect(await appliedBy('failing', bad)).toEqual([1, 2]);
});

test('a page whose commit was not answered is applied once and told once, and so is one that was not committed', async () => {
  const space = aSpace();
  const connection = unreliable(database);
  const told: number[] = [];
  const committed = (events: readonly Recorded[]) => told.push(...events.map(({ seq }) => seq));
  const running = following(aScribe('unanswered', { committed }), { database: connection.database, spaces: [space] });
  await journal.append(anAppend(space, { events: 2 }));
  await running.caughtUp();
  connection.loseCommitAnswers(1);
  await journal.append(anAppend(space, { events: 2 }));
  await vi.waitFor(async () => expect(await appliedBy('unanswered', space)).toEqual(upTo(4)), waiting);
  connection.goAway();
  await journal.append(anAppend(space, { events: 2 }));
  connection.comeBack();
  await vi.waitFor(() => expect(told).toEqual(upTo(6)), waiting);
  connection.loseCommits(2);
  await journal.append(anAppend(space, { events: 2 }));
  await vi.waitFor(() => expect(told).toEqual(upTo(8)), waiting);
  expect(await appliedBy('unanswered', space)).toEqual(upTo(8));
});

test('what `committed` throws stops nothing', async () => {
  const space = aSpace();
  const running = following(
    aScribe('throwing', {
      committed: () => {
        throw new Error('cannot tell');
      },
    }),
    { spaces: [space] },
  );
  for (let append = 0; append < 3; append++) await journal.append(anAppend(space));
  await running.caughtUp();
  expect(await appliedBy('throwing', space)).toEqual(upTo(3));
});

test('what is not applied yet is the lag', async () => {
  const space = aSpace();
  const held = Promise.withResolvers<void>();
  const running = following({ name: 'lagging', apply: () => held.promise }, { spaces: [space] });
  await journal.append(anAppend(space, { events: 5 }));
  await vi.waitFor(async () => {
    const lag = await running.lag();
    expect(lag.events).toBe(5);
    expect(lag.oldestMs).toBeGreaterThan(10);
  }, waiting);
  held.resolve();
  await running.caughtUp();
  expect(await running.lag()).toMatchObject({ events: 0, oldestMs: 0 });
});

test('more spaces than may run at a time all get their turn', async () => {
  const many = Array.from({ length: 12 }, aSpace);
  let running = 0;
  let most = 0;
  const scribe = aScribe('many');
  const follower = following(
    {
      ...scribe,
      async apply(tx, events) {
        most = Math.max(most, ++running);
        await scribe.apply(tx, events);
        running--;
      },
    },
    { spaces: many, concurrency: 3, pageSize: 2 },
  );
  await Promise.all(many.map((space) => journal.append(anAppend(space, { events: 9 }))));
  await follower.caughtUp();
  for (const space of many) expect(await appliedBy('many', space)).toEqual(upTo(9));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(3);
});

test('it needs to be woken neither for the rest of a long log, nor to try again, nor when another process lets go', async () => {
  const space = aSpace();
  await journal.append(anAppend(space, { events: 25 }));
  const silent = { onAppended: () => () => undefined, heads: () => journal.heads(), recent: new RecentEvents() };
  const scribe = aScribe('unwoken');
  let failures = 0;
  const follower = {
    ...scribe,
    async apply(...page: Parameters<Follower['apply']>) {
      if (failures++ < 2) throw new Error('cannot');
      await scribe.apply(...page);
    },
  };
  const letGo = Promise.withResolvers<void>();
  await database.query(`insert into journal_cursors (space_id, name, seq) values ($1, 'unwoken', 0)`, [space]);
  const locked = Promise.withResolvers<void>();
  const other = database.transaction(async (tx) => {
    await tx.query(`select from journal_cursors where name = 'unwoken' for update`);
    locked.resolve();
    await letGo.promise;
  });
  await locked.promise;
  following(follower, { spaces: [space], pageSize: 10, journal: silent });
  await pause(100);
  expect(failures).toBe(0);
  letGo.resolve();
  await other;
  await vi.waitFor(async () => expect(await appliedBy('unwoken', space)).toEqual(upTo(25)), { timeout: 5_000 });
});

test('two followers of one name share the work: each event is applied once', async () => {
  const space = aSpace();
  const told: number[] = [];
  const committed = (events: readonly Recorded[]) => told.push(...events.map(({ seq }) => seq));
  const both = [1, 2].map(() => following(aScribe('shared', { committed }), { spaces: [space], pageSize: 7 }));
  await Promise.all(Array.from({ length: 200 }, () => journal.append(anAppend(space))));
  await Promise.all(both.map((each) => each.caughtUp()));
  expect(await appliedBy('shared', space)).toEqual(upTo(200));
  expect(told.toSorted((one, two) => one - two)).toEqual(upTo(200));
});

test('a commit that a crash of PostgreSQL has undone is applied again, and not told again', async () => {
  const space = aSpace();
  const told: number[] = [];
  const committed = (events: readonly Recorded[]) => told.push(...events.map(({ seq }) => seq));
  const running = following(aScribe('undone', { committed }), { spaces: [space] });
  await journal.append(anAppend(space, { events: 3 }));
  await running.caughtUp();
  await database.transaction(async (tx) => {
    await tx.query(`update journal_cursors set seq = 1 where name = 'undone' and space_id = $1`, [space]);
    await tx.query(`delete from scribed where name = 'undone' and seq > 1`);
  });
  await journal.append(anAppend(space));
  await running.caughtUp();
  expect(await appliedBy('undone', space)).toEqual(upTo(4));
  expect(told).toEqual(upTo(4));
});

test('followers share what was read and what was appended; what is behind that is read', async () => {
  const space = aSpace();
  const other = openPgJournal({ database, log: silentLog, clock: realClock });
  onTestFinished(() => other.close());
  await journal.append(anAppend(space, { events: 2 }));
  const pages: Recorded[][] = [[], []];
  const both = pages.map((page, at) =>
    following(aScribe(`sharing ${at}`, { committed: (events) => page.push(...events) }), { spaces: [space] }),
  );
  for (const append of [() => journal.append(anAppend(space)), () => other.append(anAppend(space))]) {
    await append();
    await Promise.all(both.map((each) => each.caughtUp()));
  }
  expect(pages[0]).toEqual(await journal.readSpace(space, 0, 100));
  expect(pages[1]!.every((recorded, at) => recorded === pages[0]![at])).toBe(true);
});

const aLogin = (space: SpaceId, version: number): Append => ({
  space,
  streams: [
    {
      ...{ stream: 'agent:1', expected: version },
      events: [{ type: 'agent.logged_in', user: asId<UserId>(1), at: instant(version) }],
    },
  ],
});

test('what does not concern a follower is passed over; its cursor moves all the same, and an undone one reads again', async () => {
  const space = aSpace();
  const login = (version: number) => journal.append(aLogin(space, version));
  const running = following(aScribe('choosy', { concerns: ({ type }) => type === 'agent.logged_in' }), {
    spaces: [space],
  });
  await login(0);
  await running.caughtUp();
  await journal.append(anAppend(space, { events: 3 }));
  await running.caughtUp();
  expect(await appliedBy('choosy', space)).toEqual([1]);
  expect(await running.lag()).toMatchObject({ events: 0 });
  await login(1);
  await running.caughtUp();
  expect(await appliedBy('choosy', space)).toEqual([1, 5]);
  await journal.append(anAppend(space));
  await running.caughtUp();
  await database.query(`update journal_cursors set seq = 3 where name = 'choosy' and space_id = $1`, [space]);
  await login(2);
  await running.caughtUp();
  expect(await appliedBy('choosy', space)).toEqual([1, 5, 4, 5, 6, 7]);
});

test('what comes while a follower is at a page and does not concern it is passed over too', async () => {
  const space = aSpace();
  const pages: number[] = [];
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const follower: Follower = {
    name: 'busy',
    concerns: ({ type }) => type === 'agent.logged_in',
    apply: async (_, events) => {
      pages.push(events.length);
      await held;
    },
  };
  const running = following(follower, { spaces: [space], pageSize: 5 });
  await journal.append(aLogin(space, 0));
  await vi.waitFor(() => expect(pages).toEqual([1]), waiting);
  await journal.append(anAppend(space, { events: 50 }));
  go();
  await running.caughtUp();
  expect(pages).toEqual([1]);
  expect(await running.lag()).toMatchObject({ events: 0 });
});

test('a deleted cursor begins again at the first event', async () => {
  const space = aSpace();
  await journal.append(anAppend(space, { events: 2 }));
  const running = following(aScribe('rebuilt'), { spaces: [space] });
  await running.caughtUp();
  await database.query(`delete from scribed where name = 'rebuilt'`);
  await database.query(`delete from journal_cursors where name = 'rebuilt'`);
  await running.caughtUp();
  expect(await appliedBy('rebuilt', space)).toEqual([1, 2]);
});

test('under load events gather: after a page the space rests, and what came meanwhile is one page', async () => {
  const space = aSpace();
  const clock = new VirtualClock();
  const pages: number[] = [];
  const scribe = aScribe('gathers', { committed: (events) => pages.push(events.length) });
  following(scribe, { clock, restMs: 1_000, spaces: [space] });
  await journal.append(anAppend(space));
  await vi.waitFor(() => expect(pages).toEqual([1]), waiting);
  await journal.append(anAppend(space));
  await journal.append(anAppend(space));
  await clock.advance(999);
  expect(pages).toEqual([1]);
  await clock.advance(1);
  await vi.waitFor(() => expect(pages).toEqual([1, 2]), waiting);
  await clock.advance(5_000);
  await journal.append(anAppend(space));
  await vi.waitFor(() => expect(pages).toEqual([1, 2, 1]), waiting);
});
