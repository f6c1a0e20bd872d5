import { afterAll, expect, test } from 'vitest';
import { Call } from '../../../contract/rest/calls.ts';
import type { CallEvent, Event } from '../../domain/events.ts';
import { AppError } from '../../errors.ts';
import { after, asId, type ExtensionId, type SpaceId, type TrunkId, type UserId } from '../../domain/ids.ts';
import { follow } from '../../journal/follow.ts';
import { openPgJournal } from '../../journal/pg-journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { callId, connected, legId, queued, start, StreamVersions } from '../supervision/testing/stories.ts';
import { callHistory } from './history.ts';
import { callsFollower } from './projection.ts';

const database = await testDatabase();
const journal = openPgJournal({ database, log: silentLog, clock: realClock });
const following = follow({ database, journal, follower: callsFollower(), log: silentLog, clock: realClock });
const history = callHistory({ database, journal, caughtUp: (withinMs, space) => following.caughtUp(withinMs, space) });
const versions = new StreamVersions();
afterAll(async () => {
  await following.stop();
  await journal.close();
});

const ana = asId<UserId>(8);
let spaces = 0;
const newSpace = () => asId<SpaceId>(++spaces);
let numbers = 0;
const newNumber = () => ++numbers;
const happen = (space: SpaceId, events: readonly Event[]) => journal.append(versions.appendOf(space, events));
const firstPage = { limit: 10, cursor: undefined };

test('a call through a queue tells who waited, who talked and how it ended', async () => {
  const [space, number] = [newSpace(), newNumber()];
  await happen(space, queueStory(number));
  const call = await history.one(callId(number));
  expect(Call.parse(call)).toEqual(call);
  expect(call).toMatchObject({
    number,
    space_id: space,
    direction: 'inbound',
    from: '+33761433333',
    to: '+33140000000',
    state: 'ended',
    queue_id: 391,
    user_id: 8,
    created_at: '2026-01-05T09:00:00.000Z',
    answered_at: '2026-01-05T09:00:04.000Z',
    ended_at: '2026-01-05T09:01:00.000Z',
    wait_s: 4,
    talk_s: 56,
    outcome: 'answered',
    legs: [
      { side: 'caller', party: 'external', trunk_id: 34, state: 'closed', close_cause: 'HANGUP', talk_s: 56 },
      { side: 'callee', party: 'agent', user_id: 8, extension_id: 5, state: 'closed', close_cause: 'DIALOG_LEFT' },
    ],
  });
});

test('a call on its way shows where it is', async () => {
  const [space, number] = [newSpace(), newNumber()];
  const story = queueStory(number);
  const states: unknown[] = [];
  for (const event of story) {
    await happen(space, [event]);
    await following.caughtUp();
    states.push((await history.one(callId(number)))?.state);
  }
  expect(states).toEqual([
    ...['ringing', 'ringing', 'queued', 'queued', 'queued', 'queued'],
    ...['queued', 'talking', 'talking', 'talking', 'talking', 'ended'],
  ]);
});

test('a caller who leaves the queue has waited, and has not talked', async () => {
  const [space, number] = [newSpace(), newNumber()];
  const call = callId(number);
  await happen(space, [
    ...queueStory(number).slice(0, 3),
    { type: 'call.abandoned', call, at: after(start, 9_500), queue: asId(391), number, waitedMs: 9_500 },
    {
      type: 'call.ended',
      call,
      at: after(start, 9_500),
      outcome: 'abandoned',
      number,
      talkMs: null,
      durationMs: 9_500,
    },
  ]);
  expect(await history.one(call)).toMatchObject({ wait_s: 9.5, talk_s: null, answered_at: null, outcome: 'abandoned' });
});

test('two waits are added up to the millisecond, and no finer', async () => {
  const [space, number] = [newSpace(), newNumber()];
  const call = callId(number);
  await happen(space, [
    ...queueStory(number).slice(0, 3),
    { type: 'call.overflowed', call, at: after(start, 2_001), queue: asId(391), number, waitedMs: 2_001, to: '302' },
    { type: 'call.abandoned', call, at: after(start, 4_001), queue: asId(391), number, waitedMs: 2_000 },
  ]);
  expect(await history.one(call)).toMatchObject({ wait_s: 4.001 });
});

test('the timeline has every event in order, in the words of the interface', async () => {
  const [space, number] = [newSpace(), newNumber()];
  await happen(space, queueStory(number));
  const timeline = await history.timeline(callId(number));
  expect(timeline?.map(({ type }) => type)).toEqual(queueStory(number).map(({ type }) => type));
  expect(timeline?.[6]).toMatchObject({
    type: 'call.connected',
    at: '2026-01-05T09:00:04.000Z',
    waited_ms: 4_000,
    call_since: '2026-01-05T09:00:00.000Z',
    caller_number: '+33761433333',
  });
  expect(await history.timeline(callId(999_999))).toBeUndefined();
});

test('lists are of one space or all, filtered, newest first, page by page', async () => {
  const [space, other] = [newSpace(), newSpace()];
  const mine = Array.from({ length: 5 }, newNumber);
  for (const [index, number] of mine.entries()) {
    await happen(space, queueStory(number, index * 1_000).slice(0, index < 2 ? 12 : 3));
  }
  await happen(other, queueStory(newNumber()));
  await following.caughtUp();

  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.list(space, { limit: 2, cursor }, {});
    seen.push(...page.items.map(({ number }) => number));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(mine.toReversed());

  const numbersOf = async (filters: Parameters<typeof history.list>[2], of: SpaceId | null = space) =>
    (await history.list(of, firstPage, filters)).items.map(({ number }) => number);
  expect(await numbersOf({ state: 'live' })).toEqual(mine.slice(2).toReversed());
  expect(await numbersOf({ user_id: 8 })).toEqual(mine.slice(0, 2).toReversed());
  expect(await numbersOf({ queue_id: 392 })).toEqual([]);
  expect(await numbersOf({ direction: 'outbound' })).toEqual([]);
  expect(await numbersOf({ created_from: '2026-01-05T09:00:01Z', created_to: '2026-01-05T09:00:03Z' })).toEqual([
    mine[2],
    mine[1],
  ]);
  expect((await numbersOf({}, null)).length).toBeGreaterThan(5);
  await expect(history.list(space, { limit: 2, cursor: 'bm9uc2Vuc2U' }, {})).rejects.toMatchObject({
    code: 'request.invalid',
    errors: [{ path: 'cursor' }],
  });
});

test('a list holds the call that began just now', async () => {
  const [space, number] = [newSpace(), newNumber()];
  await happen(space, queueStory(number).slice(0, 3));
  const { items } = await history.list(space, firstPage, {});
  expect(items.map((call) => call.number)).toEqual([number]);
});

test('a list goes out as it is while the history lags far behind', async () => {
  const [space, number] = [newSpace(), newNumber()];
  await happen(space, queueStory(number));
  await following.caughtUp();
  const behind = new AppError('database.unavailable', 'What happened just now is not to be seen yet.');
  const late = callHistory({ database, journal, caughtUp: () => Promise.reject(behind) });
  expect((await late.list(space, firstPage, {})).items).toMatchObject([{ number }]);
});

/** Twelve events; the agent answers after 4 s, the caller hangs up after a minute. */
function queueStory(number: number, laterMs = 0): CallEvent[] {
  const call = callId(number);
  const [caller, callee] = [legId(2 * number), legId(2 * number + 1)];
  const [from, talks, ends] = [after(start, laterMs), after(start, laterMs + 4_000), after(start, laterMs + 60_000)];
  return [
    {
      type: 'call.created',
      call,
      at: from,
      number,
      direction: 'inbound',
      origin: 'trunk',
      from: { number: '+33761433333', name: null },
      dialled: '+33140000000',
      did: '+33140000000',
      trunk: asId<TrunkId>(34),
      placedBy: null,
    },
    {
      type: 'leg.created',
      call,
      at: from,
      leg: caller,
      side: 'caller',
      party: { kind: 'external', number: '+33761433333', name: null, trunk: asId<TrunkId>(34) },
    },
    queued(number, { at: from, callSince: from }),
    {
      type: 'leg.created',
      call,
      at: from,
      leg: callee,
      side: 'callee',
      party: {
        kind: 'agent',
        number: '201',
        name: 'Ana',
        user: ana,
        extension: asId<ExtensionId>(5),
        username: 'ana',
        firstname: 'Ana',
        surname: null,
        outboundNumber: null,
      },
    },
    { type: 'leg.ringing', call, at: from, leg: callee },
    { type: 'leg.answered', call, at: talks, leg: callee },
    connected(number, { at: talks, callSince: from }),
    { type: 'call.talking', call, at: talks, legs: [caller, callee] },
    { type: 'leg.talking', call, at: talks, leg: caller },
    { type: 'leg.closed', call, at: ends, leg: caller, cause: 'HANGUP', q850: 16, talkMs: 56_000 },
    { type: 'leg.closed', call, at: ends, leg: callee, cause: 'DIALOG_LEFT', q850: 16, talkMs: 56_000 },
    { type: 'call.ended', call, at: ends, outcome: 'answered', number, talkMs: 56_000, durationMs: 60_000 },
  ];
}
