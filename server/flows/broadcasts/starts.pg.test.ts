// A broadcast that nobody has checked is started: its contacts are looked at first, however long that takes.
import { describe, expect, test } from 'vitest';
import type { BroadcastId } from '../../domain/ids.ts';
import { findBroadcast } from '../../store/broadcasts.ts';
import { openOfficeWithTwoCarriers } from './testing/two-carriers.ts';

const { office, main, some, isDone } = await openOfficeWithTwoCarriers();
const { space, clock, db } = office;
const start = (broadcast: BroadcastId) => office.server.desk.start(space, broadcast);
const aBroadcast = (count = 3, text = 'Hello') => office.draft(some(count), { text });
const tooLong = 'x'.repeat(1_531);
const tooLongError = [{ path: 'text', message: 'makes 11 messages or more, 10 are allowed' }];

/** The look at contacts waits meanwhile: before its end, or before its first page. */
async function whileLookWaits(work: () => Promise<void>, before: 'end' | 'first page' = 'end'): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`lock table ${before === 'end' ? 'broadcast_columns' : 'optouts'} in access exclusive mode`);
    await work();
  });
}

/** It is answered while its contacts are being looked at. */
async function askedToStart(broadcast: BroadcastId): Promise<void> {
  const answered = start(broadcast);
  await office.until(async () => (await office.state(broadcast)) === 'validating');
  await clock.advance(2_000);
  await answered;
}

describe('a start', () => {
  test('of few contacts is answered when it runs, or is scheduled', async () => {
    const now = await aBroadcast();
    await start(now);
    expect(await findBroadcast(db, now)).toMatchObject({ state: 'running', start_asked_at: null, start_errors: null });
    const at = new Date(clock.now() + 60_000).toISOString();
    const later = await office.draft(some(1), { text: 'Hello', starts_at: at });
    await start(later);
    expect(await office.state(later)).toBe('scheduled');
    await office.until(isDone(later), 90_000);
  });

  test('is refused for what the look finds, and the draft says it', async () => {
    const broadcast = await aBroadcast(3, tooLong);
    await expect(start(broadcast)).rejects.toMatchObject({ code: 'broadcast.check_failed', errors: tooLongError });
    expect(await findBroadcast(db, broadcast)).toMatchObject({ state: 'draft', start_errors: tooLongError });
    const unreachable = await office.draft(['+33899123456'], { text: 'Hello' });
    await expect(start(unreachable)).rejects.toMatchObject({ code: 'broadcast.nothing_to_send' });
    expect(await office.state(unreachable)).toBe('draft');
    await office.run(2_000);
    expect(main.submitted).toEqual([]);
  });
});

describe('a start of many contacts', () => {
  test('is answered meanwhile, cannot be asked twice, and goes on by itself', async () => {
    const broadcast = await aBroadcast();
    await whileLookWaits(async () => {
      await askedToStart(broadcast);
      const { state, start_asked_at } = (await findBroadcast(db, broadcast))!;
      expect({ state, asked: start_asked_at !== null }).toEqual({ state: 'validating', asked: true });
      await expect(start(broadcast)).rejects.toMatchObject({ code: 'broadcast.wrong_state' });
    });
    await office.until(isDone(broadcast));
    expect(main.submitted.length).toBe(3);
  });

  test('that is refused makes a draft of it which says why', async () => {
    const broadcast = await aBroadcast(2, tooLong);
    await whileLookWaits(() => askedToStart(broadcast));
    await office.until(async () => (await office.state(broadcast)) === 'draft');
    expect((await findBroadcast(db, broadcast))!.start_errors).toEqual(tooLongError);
  });

  test.each([
    ['pause', 'draft'],
    ['cancel', 'cancelled'],
  ] as const)('is taken back by a %s', async (action, state) => {
    const broadcast = await aBroadcast();
    await whileLookWaits(async () => {
      await askedToStart(broadcast);
      await office.server.desk[action](space, broadcast);
    });
    await office.run(10_000);
    expect(await office.state(broadcast)).toBe(state);
    expect(main.submitted).toEqual([]);
  });

  test('outlives a server that is killed, and one that is stopped', async () => {
    const killed = await aBroadcast();
    await whileLookWaits(async () => {
      await askedToStart(killed);
      await office.kill();
    });
    await office.start();
    await office.until(isDone(killed), 30_000);
    expect(main.submitted.length).toBe(3);

    const stopped = await aBroadcast();
    let stopping: Promise<void> = Promise.resolve();
    await whileLookWaits(async () => {
      await askedToStart(stopped);
      stopping = office.server.stop(1_000);
    }, 'first page');
    await stopping;
    expect(await office.state(stopped)).toBe('validating');
    await office.kill();
    await office.start();
    await office.until(isDone(stopped), 5_000);
    expect(main.submitted.length).toBe(6);
  });

  test('asked of a server that has stopped is left to the next one', async () => {
    const broadcast = await aBroadcast();
    await office.server.stop(1_000);
    await start(broadcast);
    expect(await office.state(broadcast)).toBe('validating');
    await office.kill();
    await office.start();
    await office.until(isDone(broadcast), 5_000);
    expect(main.submitted.length).toBe(3);
  });
});
