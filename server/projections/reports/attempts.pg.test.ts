// What is known of contact attempts, in PostgreSQL: their history, a broadcast's counts, replies and opt-outs.
import { afterAll, expect, test } from 'vitest';
import { addToOutbox } from '../../delivery/outbox.ts';
import type { Event } from '../../domain/events.ts';
import { after, asId, type ChannelId, type SpaceId } from '../../domain/ids.ts';
import { follow } from '../../journal/follow.ts';
import { openPgJournal } from '../../journal/pg-journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import {
  attemptsByAddress,
  attemptsOfBroadcast,
  attemptsOfIds,
  countsOf,
  readAttempt,
} from '../../store/contact-attempts.ts';
import { StreamVersions } from '../supervision/testing/stories.ts';
import { ReportsFollower } from './projection.ts';
import { AttemptStory, attemptId, broadcastId, facts, start, unmatchedReply } from './testing/attempts.ts';

const database = await testDatabase();
const journal = openPgJournal({ database, log: silentLog, clock: realClock });
afterAll(() => journal.close());
const versions = new StreamVersions();
const happen = (space: SpaceId, events: readonly Event[]) => journal.append(versions.appendOf(space, events));
let spaces = 0;
const newSpace = () => asId<SpaceId>(++spaces);

test.each([1, 2, 500])('an attempt with its history, pages of %i', async (pageSize) => {
  const [space, sms] = [newSpace(), new AttemptStory(1)];
  await happen(space, [sms.begun(), sms.sent(1), sms.received(2), sms.answered(900, 'Bien reçu')]);
  await applyAll(space, pageSize);
  const at = (s: number) => after(start, s * 1_000);
  expect(await readAttempt(database, space, sms.attempt)).toEqual({
    id: sms.attempt,
    about: facts(1),
    begunAt: start,
    status: 'ANSWERED',
    statuses: [
      { at: at(1), type: 'SENT' },
      { at: at(2), type: 'RECEIVED' },
      { at: at(900), type: 'ANSWERED', info: 'Bien reçu' },
    ],
    version: 4,
  });
  expect(await readAttempt(database, newSpace(), sms.attempt)).toBeUndefined();
});

test('what a broadcast does not want its reports to tell is remembered', async () => {
  const [space, mms] = [newSpace(), new AttemptStory(2)];
  await happen(space, [mms.begun({ media: 'mms', extended: false }), mms.sent(1), mms.received(2)]);
  await applyAll(space, 1);
  const kept = await readAttempt(database, space, mms.attempt);
  expect(kept!.about).toEqual(facts(2, { media: 'mms', extended: false }));
});

test('counts of a broadcast say in which status its attempts are now', async () => {
  const space = newSpace();
  const [a, b, c, d, single] = [1, 2, 3, 4, 5].map((number) => new AttemptStory(number));
  await happen(space, [a!.begun(), b!.begun(), c!.begun(), d!.begun(), single!.begun({ broadcast: null })]);
  await applyAll(space);
  expect(await countsOf(database, space, broadcastId(1))).toEqual({ begun: 4 });
  await happen(space, [a!.sent(1), b!.sent(1), c!.failed(1, '69', 'Submit failed'), d!.outcomeUnknown(1)]);
  await applyAll(space);
  expect(await countsOf(database, space, broadcastId(1))).toEqual({ SENT: 2, ERROR: 1, unknown: 1 });
  await happen(space, [a!.answered(3, 'Ok'), a!.received(2), b!.received(2), d!.received(9), single!.sent(1)]);
  await applyAll(space);
  expect(await countsOf(database, space, broadcastId(1))).toEqual({ ANSWERED: 1, RECEIVED: 2, ERROR: 1 });
});

test('exactly once over stops and starts between any two events', async () => {
  const [space, sms] = [newSpace(), new AttemptStory(1)];
  for (const event of [sms.begun(), sms.sent(1), sms.received(2), sms.answered(3, 'Ok'), sms.answered(4, 'Ok')]) {
    await happen(space, [event]);
    await applyAll(space);
  }
  expect((await readAttempt(database, space, sms.attempt))?.statuses).toHaveLength(4);
  expect(await countsOf(database, space, broadcastId(1))).toEqual({ ANSWERED: 1 });
  expect(await rowsOf('replies', space)).toHaveLength(2);
});

test('receipts find the attempt by what the carrier called each part, a new message with an old id is meant then', async () => {
  const [space, first, second] = [newSpace(), new AttemptStory(1), new AttemptStory(2)];
  await happen(space, [
    first.begun(),
    first.sent(1, { carrierIds: ['a1', 'a2'] }),
    second.begun(),
    second.sent(2, { carrierIds: ['b1', 'a2'] }),
  ]);
  await applyAll(space);
  const rows = await rowsOf('carrier_messages', space, 'carrier_id');
  expect(rows.map(({ carrier_id, attempt_id, part, parts }) => [carrier_id, attempt_id, part, parts])).toEqual([
    ['a1', first.attempt, 1, 2],
    ['a2', second.attempt, 2, 2],
    ['b1', second.attempt, 1, 2],
  ]);
});

test('an attempt was made by the channel that took it', async () => {
  const [space, sms] = [newSpace(), new AttemptStory(1)];
  await happen(space, [sms.begun()]);
  await applyAll(space);
  await happen(space, [sms.sent(1, { channel: asId<ChannelId>(5), carrierIds: ['a', 'b'] }), sms.partReceived(2, 'a')]);
  await applyAll(space);
  expect(await readAttempt(database, space, sms.attempt)).toMatchObject({
    about: { channel: 5 },
    status: 'SENT',
    statuses: [{ type: 'SENT' }],
    version: 3,
  });
  expect(await rowsOf('carrier_messages', space)).toMatchObject([{ channel_id: 5 }, { channel_id: 5 }]);
});

test('replies are kept, those of nobody we wrote to as well; who asks for it is not written to any more', async () => {
  const [space, sms] = [newSpace(), new AttemptStory(1)];
  await happen(space, [
    // Under the carrier's own number: what it was is known by the answer.
    sms.begun({ from: null }),
    sms.sent(1),
    sms.answered(2, 'STOP\0', true),
    sms.answered(3, 'STOP', true),
    unmatchedReply(1, { at: after(start, 4_000) }),
  ]);
  await applyAll(space);
  const replies = await rowsOf('replies', space, 'at');
  expect(replies).toMatchObject([
    { address: '+33601020000', recipient: '36105', text: 'STOP\ufffd', attempt_id: sms.attempt, opted_out: true },
    { text: 'STOP' },
    { id: unmatchedReply(1).reply, address: '+33601020304', recipient: '36105', attempt_id: null, opted_out: false },
  ]);
  expect(new Set(replies.map(({ id }) => id)).size).toBe(3);
  const since = new Date(after(start, 2_000));
  expect(await rowsOf('optouts', space)).toMatchObject([{ number: '+33601020000', media: 'sms', since }]);
});

test('a reply may be meant for the newest attempts at that number under that sender', async () => {
  const [space, to] = [newSpace(), '+33601020304'];
  const differ = [
    { to, from: '36105' },
    { to, from: '36105' },
    { to, from: '36106' },
    { to, from: null },
    { to: '+33601020305' },
  ];
  await happen(
    space,
    differ.map((about, index) => new AttemptStory(index + 1).begun(about, index)),
  );
  const given = new AttemptStory(9);
  await happen(space, [given.begun({ to }, 9), given.aborted(9, 'The contact has opted out.')]);
  await applyAll(space);
  const asked = { media: 'sms', address: to, sender: '36105', since: start } as const;
  const idsOf = async (about: typeof asked) => (await attemptsByAddress(database, space, about)).map(({ id }) => id);
  expect(await idsOf(asked)).toEqual([4, 2, 1].map(attemptId));
  expect(await idsOf({ ...asked, since: after(start, 500) })).toEqual([4, 2].map(attemptId));
});

test('a reply to a number finds what was sent under it, written with a plus or without', async () => {
  const space = newSpace();
  await happen(space, [new AttemptStory(1).begun({ from: '33199000001' })]);
  await happen(space, [new AttemptStory(2).begun({ from: '+33199000002' })]);
  await applyAll(space);
  const found = (sender: string) =>
    attemptsByAddress(database, space, { media: 'sms', address: '+33601020000', sender, since: start });
  expect((await found('+33199000001')).map(({ id }) => id)).toEqual([attemptId(1)]);
  expect((await found('33199000002')).map(({ id }) => id)).toEqual([attemptId(2)]);
});

test('attempts are read some at a time, a broadcast page by page', async () => {
  const space = newSpace();
  const numbers = [1, 2, 3, 4, 5];
  await happen(
    space,
    numbers.map((number) => new AttemptStory(number).begun({ broadcast: broadcastId(number === 3 ? 2 : 1) })),
  );
  await applyAll(space);
  const some = await attemptsOfIds(database, space, [1, 3, 77].map(attemptId));
  expect([...some.keys()].toSorted()).toEqual([1, 3].map(attemptId));
  const first = await attemptsOfBroadcast(database, space, broadcastId(1), { after: null, limit: 3 });
  expect(first.map(({ id }) => id)).toEqual([1, 2, 4].map(attemptId));
  const rest = await attemptsOfBroadcast(database, space, broadcastId(1), { after: first.at(-1)!.id, limit: 3 });
  expect(rest.map(({ id }) => id)).toEqual([attemptId(5)]);
});

/** One life of a process: from its start until everything is applied. */
async function applyAll(space: SpaceId, pageSize = 500): Promise<void> {
  const follower = new ReportsFollower({ outbox: { add: addToOutbox, wake: () => {} }, endpoints: { of: () => [] } });
  const options = { database, journal, follower, log: silentLog, clock: realClock, spaces: [space], pageSize };
  const following = follow(options);
  await following.caughtUp(20_000);
  await following.stop();
}

async function rowsOf(table: string, space: SpaceId, order = '1'): Promise<Record<string, unknown>[]> {
  return (await database.query(`select * from ${table} where space_id = $1 order by ${order}`, [space])).rows;
}
