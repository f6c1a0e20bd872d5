// kill -9 of the sender between any two of its steps, two processes at once, receipts in any order: nobody gets anything
// twice, nobody is forgotten, and what may have left is marked.
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { asKey, type AttemptId } from '../../domain/ids.ts';
import { nameOf } from './testing/scripted-carrier.ts';
import { openSendingOffice } from './testing/sending-office.ts';

const office = await openSendingOffice();
const { space, clock } = office;
const main = office.network();
const channel = await office.channel();
let numbers = 610_000_000;
const some = (count: number) => Array.from({ length: count }, () => `+33${++numbers}`);
const isDone = (broadcast: Awaited<ReturnType<typeof office.broadcast>>) => async () =>
  (await office.state(broadcast)) === 'done';

beforeEach(() => {
  main.answer = (message) => main.taken(message);
  main.submitted.length = 0;
});

async function outcomes(to: readonly string[]) {
  const events = await office.events();
  const attemptOf = new Map(
    events.flatMap((event) => (event.type === 'attempt.begun' ? [[event.about.to, event.attempt]] : [])),
  );
  return to.map((number) => {
    const own = events.filter(({ attempt }) => attempt === attemptOf.get(number)).map(({ type }) => type);
    const submits = main.submitted.filter((message) => message.to === number).length;
    return { submits, sent: own.includes('attempt.sent'), unknown: own.includes('attempt.outcome_unknown') };
  });
}

test('a contact that was claimed and not begun leaves after all, by its one attempt', async () => {
  main.window = 1;
  const never = new Promise<never>(() => {});
  main.answer = () => never;
  const to = some(10);
  const broadcast = await office.broadcast(to);
  await office.server.desk.start(space, broadcast);
  await office.until(() => main.submitted.length > 0);
  await office.run(500);
  await office.kill();
  main.window = 50;
  main.answer = (message) => main.taken(message);
  await office.start();
  await office.until(isDone(broadcast), 120_000);
  const after = await outcomes(to);
  expect(after.every(({ submits }) => submits <= 1)).toBe(true);
  // One was on the wire, and one more had begun.
  expect(after.filter(({ unknown }) => unknown).length).toBeLessThanOrEqual(2);
  expect(after.filter(({ sent }) => sent).length).toBeGreaterThanOrEqual(8);
});

test('a receipt settles what a crash has hidden, by the number', async () => {
  const [to] = some(1) as [string];
  let submitted: AttemptId | undefined;
  const never = new Promise<never>(() => {});
  main.answer = (message) => {
    submitted = message.attempt;
    return never;
  };
  const broadcast = await office.broadcast([to]);
  await office.server.desk.start(space, broadcast);
  await office.until(() => submitted !== undefined);
  await office.kill();
  main.answer = (message) => main.taken(message);
  await office.start();
  await office.until(isDone(broadcast), 120_000);
  await office.server.caughtUp();
  const kept = main.listener.fact({
    ...{ kind: 'receipt', channel, carrierId: nameOf(submitted!), to, status: 'delivered', code: '000', info: '' },
    at: clock.now(),
  });
  await office.run(8_000);
  await kept;
  expect((await office.events(to)).map(({ type }) => type)).toEqual([
    ...['attempt.begun', 'attempt.outcome_unknown', 'attempt.received'],
  ]);
});

test('receipts that come all at once after a restart are found, many by one query', async () => {
  const to = some(1_200);
  const broadcast = await office.broadcast(to);
  await office.server.desk.start(space, broadcast);
  await office.until(isDone(broadcast));
  await office.server.caughtUp();
  await office.kill();
  await office.start();
  const queries = vi.spyOn(office.db, 'query');
  const about = { kind: 'receipt', channel, to: null, status: 'delivered', code: '000', info: '' } as const;
  const kept = main.submitted.map(({ attempt }) =>
    main.listener.fact({ ...about, carrierId: nameOf(attempt), at: clock.now() }),
  );
  await office.run(3_000);
  await Promise.all(kept);
  const finds = queries.mock.calls.filter(([sql]) => typeof sql === 'object' && sql.name === 'carrier_messages.find');
  queries.mockRestore();
  expect(finds.length).toBeGreaterThan(0);
  expect(finds.length).toBeLessThan(10);
  const received = (await office.events()).filter(({ type }) => type === 'attempt.received');
  const attempts = main.submitted.map(({ attempt }) => attempt);
  expect(attempts.length).toBe(1_200);
  expect(received.filter(({ attempt }) => attempts.includes(attempt)).length).toBe(1_200);
}, 30_000);

test('two processes share a broadcast: everybody once', async () => {
  const other = await office.second();
  const to = some(300);
  const broadcast = await office.broadcast(to);
  await office.server.desk.start(space, broadcast);
  other.desk.wake();
  await office.until(isDone(broadcast));
  expect(main.submitted.map((message) => message.to).sort()).toEqual([...to].sort());
  await other.kill();
  await office.server.channels.look();
});

test.each([
  ['before attempts begin', 'begin'],
  ['before begun ones are submitted', 'begun'],
] as const)(
  'a process that stands still %s, and goes on when another has taken over, sends nothing twice',
  async (_, step) => {
    const to = some(20);
    const broadcast = await office.broadcast(to, { resend_unknown: true });
    office.server.stopAt(step);
    const started = office.server.desk.start(space, broadcast); // Its answer may be what stands still.
    await office.run(1_000);
    expect(main.submitted).toEqual([]);
    const other = await office.second();
    await office.until(() => main.submitted.length === to.length, 60_000);
    office.server.resume();
    await started;
    await office.run(5_000);
    await office.until(isDone(broadcast));
    expect(main.submitted.map((message) => message.to).sort()).toEqual([...to].sort());
    await other.kill();
    await office.server.channels.look();
  },
);

test('what a slow carrier leaves waiting is not looked after by another process', async () => {
  main.window = 4;
  main.answer = async (message) => {
    await new Promise<void>((resolve) => clock.after(40_000, resolve));
    return main.taken(message);
  };
  const other = await office.second();
  const to = some(16);
  const broadcast = await office.broadcast(to);
  await office.server.desk.start(space, broadcast);
  await office.until(isDone(broadcast), 300_000);
  const after = await outcomes(to);
  expect(after).toEqual(to.map(() => ({ submits: 1, sent: true, unknown: false })));
  await other.kill();
  main.window = 50;
  await office.server.channels.look();
});

test('killed at any moment, again and again, with receipts in any order: no attempt is submitted twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 3 }),
      fc.array(
        fc.record({ place: fc.nat(29), status: fc.constantFrom<'delivered' | 'failed'>('delivered', 'failed') }),
        { maxLength: 20 },
      ),
      async (kills, receipts) => {
        main.submitted.length = 0;
        main.window = 5;
        main.answer = async (message) => {
          await new Promise<void>((resolve) => clock.after(Math.random() * 300, resolve));
          return main.taken(message);
        };
        const to = some(30);
        const broadcast = await office.broadcast(to);
        await office.server.desk.start(space, broadcast);
        for (const steps of kills) {
          await office.run(steps * 100);
          await office.kill();
          await office.start();
        }
        await office.until(isDone(broadcast), 300_000);
        await office.server.caughtUp();
        const facts = receipts.flatMap(({ place, status }) => {
          const message = main.submitted.find((one) => one.to === to[place]);
          if (!message) return [];
          const about = { channel, carrierId: nameOf(message.attempt), to: message.to, code: '1', info: '' };
          return [main.listener.fact({ kind: 'receipt', ...about, status, at: clock.now() })];
        });
        await office.run(8_000);
        await Promise.all(facts);
        const after = await outcomes(to);
        expect(after.filter(({ submits }) => submits > 1)).toEqual([]);
        // Nobody is forgotten: submitted, or marked as perhaps submitted.
        expect(after.filter(({ submits, unknown }) => submits === 0 && !unknown)).toEqual([]);
        expect(after.filter(({ sent, unknown }) => !sent && !unknown)).toEqual([]);
        const { rows } = await office.db.query(
          'select from broadcast_contacts where broadcast_id = $1 and state <> $2',
          [broadcast, 'done'],
        );
        expect(rows).toEqual([]);
      },
    ),
    { numRuns: 8 },
  );
}, 120_000);

test('a paused process that goes on finds that another one has begun, and submits nothing', async () => {
  const [to] = some(1) as [string];
  const broadcast = await office.broadcast([to]);
  await office.kill();
  // As a process that stopped between its claim and its first append.
  const attempt = 'e'.repeat(24);
  await office.db.query(
    `update broadcast_contacts set state = 'taken', attempts = 1, attempt_id = $2, due_at = to_timestamp($3::bigint / 1000.0)
      where broadcast_id = $1`,
    [broadcast, attempt, clock.now() + 30_000],
  );
  await office.db.query(`update broadcasts set state = 'running' where id = $1`, [broadcast]);
  await office.start();
  main.window = 50;
  await office.until(isDone(broadcast), 120_000);
  const begun = (await office.events(to))[0]!;
  expect(begun.attempt).toBe(asKey(attempt));
  await expect(
    office.server.journal.append({ space, streams: [{ stream: `attempt:${attempt}`, expected: 0, events: [begun] }] }),
  ).rejects.toMatchObject({ code: 'journal.conflict' });
  expect(main.submitted.filter((message) => message.to === to).length).toBe(1);
});
