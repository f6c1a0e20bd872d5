import { afterAll, expect, test, vi } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { realClock, VirtualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { Appender, type AppenderOptions } from './appender.ts';
import { expectGapless } from './journal.contract.ts';
import { openPgJournal } from './pg-journal.ts';
import { RecentEvents } from './recent-events.ts';
import { anAppend, anEvent } from './testing/events.ts';
import { unreliable } from './testing/unreliable-database.ts';

const soon = { timeout: 5_000 };
const database = await testDatabase();
const reader = openPgJournal({ database, log: silentLog, clock: realClock });

afterAll(() => reader.close());

let spaces = 0;
const aSpace = () => asId<SpaceId>(++spaces);
const written = (space: SpaceId) => reader.readSpace(space, 0, 1_000);

function anAppender(more: Partial<AppenderOptions> = {}) {
  const connection = unreliable(database);
  const committed = vi.fn<AppenderOptions['committed']>();
  const recent = new RecentEvents();
  const { database: flaky } = connection;
  const options = { database: flaky, log: silentLog, clock: realClock, recent, maxWaiting: 100, maxBatch: 20 };
  return { connection, committed, recent, appender: new Appender({ ...options, committed, ...more }) };
}

test('what is appended in one turn is one statement, and what comes meanwhile is the next', async () => {
  const space = aSpace();
  const { appender, connection, committed } = anAppender();
  const first = Array.from({ length: 10 }, () => appender.append(anAppend(space)));
  await vi.waitFor(() => expect(connection.asked).toBe(1), soon);
  const second = Array.from({ length: 10 }, () => appender.append(anAppend(space)));
  await Promise.all([...first, ...second]);
  expect(connection.asked).toBe(2);
  expect(committed.mock.calls).toEqual([[new Map([[space, 10]])], [new Map([[space, 20]])]]);
});

test('what nobody waits for gathers for a moment, and goes at once with what somebody waits for', async () => {
  const space = aSpace();
  const clock = new VirtualClock();
  const { appender, connection } = anAppender({ clock });
  const patient = () => appender.append({ ...anAppend(space), patient: true });
  const gathered = [patient(), patient()];
  await clock.advance(9);
  gathered.push(patient());
  expect(connection.asked).toBe(0);
  await clock.advance(1);
  await Promise.all(gathered);
  expect(connection.asked).toBe(1);
  const waiting = patient();
  await Promise.all([waiting, appender.append(anAppend(space))]);
  expect(connection.asked).toBe(2);
  const last = patient();
  await appender.close(1_000);
  await last;
  expectGapless(await written(space), 6);
});

test('what was committed is known to the followers of this process, as it stands in the journal', async () => {
  const [one, other] = [aSpace(), aSpace()];
  const { appender, recent } = anAppender();
  const stranger = anAppender();
  await Promise.all([anAppend(one), anAppend(other), anAppend(one, { events: 2 })].map((it) => appender.append(it)));
  expect(recent.after(one, 0, 100)).toEqual(await written(one));
  expect(recent.after(other, 0, 100)).toEqual(await written(other));
  await stranger.appender.append(anAppend(one));
  await appender.append(anAppend(one));
  expect(recent.after(one, 3, 100)).toEqual([]);
  expect(recent.after(one, 4, 100)).toEqual((await written(one)).slice(4));
});

test('a batch is bounded', async () => {
  const space = aSpace();
  const { appender, connection } = anAppender();
  await Promise.all(Array.from({ length: 50 }, () => appender.append(anAppend(space))));
  expect(connection.asked).toBe(3);
});

test('a commit whose answer was lost is neither written twice nor reported as a conflict', async () => {
  const space = aSpace();
  const { appender, connection } = anAppender();
  for (const appends of [1, 5]) {
    connection.loseAnswers(1);
    await Promise.all(Array.from({ length: appends }, () => appender.append(anAppend(space, { events: 2 }))));
  }
  expectGapless(await written(space), 12);
});

test('whose answer is lost again and again, too, whichever statement it was', async () => {
  const space = aSpace();
  const { appender, connection } = anAppender();
  connection.loseAnswers(4);
  await Promise.all([
    appender.append(anAppend(space, { stream: 'call:a', events: 2 })),
    appender.append(anAppend(space, { stream: 'call:a', expected: 2 })),
    expect(appender.append(anAppend(space, { stream: 'call:a', expected: 1 }))).rejects.toMatchObject({
      code: 'journal.conflict',
    }),
    appender.append(anAppend(space, { stream: 'call:a', expected: 3 })),
  ]);
  expectGapless(await written(space), 4);
});

test('the same events by somebody else are a conflict, even when our answer was lost', async () => {
  const space = aSpace();
  const { appender, connection } = anAppender();
  const append = { space, streams: [{ stream: 'call:a', expected: 0, events: [anEvent(1)] }] };
  connection.goAway();
  const ours = appender.append(append);
  await vi.waitFor(() => expect(appender.available).toBe(false), soon);
  await reader.append(append);
  connection.comeBack();
  await expect(ours).rejects.toMatchObject({ code: 'journal.conflict' });
  expectGapless(await written(space), 1);
});

test('while PostgreSQL is away appends wait, in order, no more than allowed', async () => {
  const space = aSpace();
  const { appender, connection } = anAppender({ maxWaiting: 30 });
  connection.goAway();
  const order: number[] = [];
  const waiting = Array.from({ length: 30 }, (_, at) =>
    appender.append(anAppend(space, { stream: 'call:a', expected: at })).then(() => order.push(at)),
  );
  await vi.waitFor(() => expect(appender.available).toBe(false), soon);
  await expect(appender.append(anAppend(space))).rejects.toMatchObject({ code: 'journal.full' });
  connection.comeBack();
  await Promise.all(waiting);
  expect(appender.available).toBe(true);
  expect(order).toEqual(Array.from({ length: 30 }, (_, at) => at));
  expectGapless(await written(space), 30);
});

test('whoever asks whether all is written is not kept waiting while PostgreSQL is away', async () => {
  const { appender, connection } = anAppender();
  connection.goAway();
  const appended = appender.append(anAppend(aSpace()));
  await appender.settled();
  expect(appender.available).toBe(false);
  connection.comeBack();
  await appended;
});

test('an append that PostgreSQL cannot store is rejected, and those around it are written', async () => {
  const space = aSpace();
  const { appender } = anAppender();
  const outcomes = await Promise.allSettled([
    appender.append(anAppend(space)),
    appender.append(anAppend(space, { stream: 'a null character \u0000' })),
    appender.append(anAppend(space)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expectGapless(await written(space), 2);
});

test('closing writes what waits and takes no more', async () => {
  const space = aSpace();
  const { appender } = anAppender();
  const waiting = Array.from({ length: 40 }, () => appender.append(anAppend(space)));
  const closed = appender.close(5_000);
  await expect(appender.append(anAppend(space))).rejects.toMatchObject({ code: 'server.draining' });
  await Promise.all([closed, ...waiting]);
  expectGapless(await written(space), 40);
});

test('closing without PostgreSQL ends at the limit, and what waited is told', async () => {
  const space = aSpace();
  const clock = new VirtualClock();
  const { appender, connection } = anAppender({ clock });
  connection.goAway();
  const waiting = Promise.allSettled([appender.append(anAppend(space)), appender.append(anAppend(space))]);
  let closed = false;
  const closing = appender.close(5_000).then(() => (closed = true));
  await clock.advance(4_900);
  expect(closed).toBe(false);
  await clock.advance(200);
  await closing;
  const unavailable = { status: 'rejected', reason: expect.objectContaining({ code: 'database.unavailable' }) };
  expect(await waiting).toEqual([unavailable, unavailable]);
  connection.comeBack();
  await clock.advance(60_000);
  expect(await written(space)).toEqual([]);
});

test('in doubt it is not available until the database has answered, and what comes meanwhile is written', async () => {
  const space = aSpace();
  const { appender, connection } = anAppender();
  connection.goAway();
  appender.doubt();
  expect(appender.available).toBe(false);
  const waiting = appender.append(anAppend(space));
  connection.comeBack();
  await waiting;
  expect(appender.available).toBe(true);
  appender.doubt();
  await vi.waitFor(() => expect(appender.available).toBe(true), soon);
  expectGapless(await written(space), 1);
});
