// Broadcasts and single sends by scripted carriers, followed in the journal: started, paused, cancelled, refused by rule.
import { describe, expect, test } from 'vitest';
import { asKey, type BroadcastId } from '../../domain/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { newAttemptId } from '../../platform/ids.ts';
import { openDirectories } from '../../store/directory.ts';
import { liveBroadcasts } from '../../store/live-broadcasts.ts';
import { claimOf } from './claims.ts';
import { nameOf } from './testing/scripted-carrier.ts';
import { openOfficeWithTwoCarriers } from './testing/two-carriers.ts';

const { office, main, spare, channel, aNumber, some, started, isDone, types, attemptAt, receipt } =
  await openOfficeWithTwoCarriers();
const { space, clock } = office;

describe('a broadcast', () => {
  test('reaches everybody once, with the text for each, and is done', async () => {
    const to = some(120);
    const broadcast = await started(to);
    await office.until(isDone(broadcast));
    expect(main.submitted.map((message) => message.to).sort()).toEqual([...to].sort());
    expect(main.submitted[0]).toMatchObject({ text: 'Hello Ana', from: null, media: 'sms' });
    expect(await office.events(to[7])).toMatchObject([
      { type: 'attempt.begun', about: { broadcast, to: to[7], number: 1, username: '123456789', channel } },
      { type: 'attempt.sent', channel, carrierIds: [nameOf(await attemptAt(to[7]!))] },
    ]);
    expect(await office.contact(broadcast, to[7]!)).toMatchObject({ state: 'done', done_reason: 'sent' });
  });

  test('is not started without contacts or a channel, twice, or when it is over', async () => {
    const { desk } = office.server;
    const empty = await office.broadcast([]);
    await expect(desk.start(space, empty)).rejects.toMatchObject({ code: 'broadcast.nothing_to_send' });
    const mail = await office.broadcast(['a@example.com']);
    await office.db.query(`update broadcasts set media = 'mail' where id = $1`, [mail]);
    await expect(desk.start(space, mail)).rejects.toMatchObject({ code: 'broadcast.no_channel' });
    const broadcast = await started(some(1));
    await expect(desk.start(space, broadcast)).rejects.toMatchObject({ code: 'broadcast.wrong_state' });
    await office.until(isDone(broadcast));
    await expect(desk.cancel(space, broadcast)).rejects.toMatchObject({ code: 'broadcast.wrong_state' });
    await expect(desk.pause(space, asKey('0'.repeat(24)))).rejects.toMatchObject({ code: 'request.not_found' });
  });

  test('with a start to come waits for it', async () => {
    const to = some(2);
    const at = new Date(clock.now() + 60_000).toISOString();
    const broadcast = await started(to, { starts_at: at });
    expect(await office.state(broadcast)).toBe('scheduled');
    await office.run(50_000);
    expect(main.submitted).toEqual([]);
    await office.until(isDone(broadcast));
    expect(main.submitted.length).toBe(2);
  });

  test('keeps its rate', async () => {
    const broadcast = await started(some(30), { rate_per_s: 5 });
    await office.run(3_000, 25);
    expect(main.submitted.length).toBeGreaterThanOrEqual(12);
    expect(main.submitted.length).toBeLessThanOrEqual(18);
    await office.until(isDone(broadcast));
    expect(main.submitted.length).toBe(30);
  });

  test('of higher priority goes first, and a single send before both', async () => {
    main.window = 2;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    main.answer = async (message) => {
      await gate;
      return main.taken(message);
    };
    const low = await started(some(40), { priority: 1 });
    await office.until(() => main.submitted.length > 0);
    const [urgent] = [await office.send(aNumber())];
    await office.run(1_000);
    release();
    await office.until(isDone(low));
    main.window = 50;
    expect(main.submitted.findIndex(({ attempt }) => attempt === urgent)).toBeLessThan(25);
  });

  test('outside calling hours waits for the next opening', async () => {
    // 10:00 in Paris is 04:00 in New York.
    await office.db.query(`update spaces set allowed_prefixes = '{33,1212}' where id = $1`, [space]);
    await office.db.query('update directory_versions set version = version + 1 where space_id = $1', [space]);
    await office.server.kill();
    await office.start();
    const [paris, newYork] = [aNumber(), '+12125550123'];
    const broadcast = await started([paris, newYork]);
    await office.until(async () => (await office.contact(broadcast, paris)).state === 'done');
    const { state, due_at } = await office.contact(broadcast, newYork);
    expect({ state, from: new Date(due_at).toISOString() }).toEqual({
      state: 'waiting',
      from: '2026-01-06T13:00:00.000Z',
    });
    expect(await office.server.desk.whyWaiting(space, broadcast)).toEqual({ why: 'not_due', until: due_at });
    await office.server.desk.cancel(space, broadcast);
  });
});

describe('a pause', () => {
  test('stops what has not been submitted; what was is followed; the rest goes on later', async () => {
    main.window = 10;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    main.answer = async (message) => {
      await gate;
      return main.taken(message);
    };
    const to = some(100);
    const broadcast = await started(to);
    await office.until(() => main.submitted.length >= 10);
    await office.server.desk.pause(space, broadcast);
    release();
    await office.run(2_000);
    const before = main.submitted.length;
    expect(before).toBeLessThan(40);
    await receipt(main.submitted[0]!.attempt);
    expect(await types(main.submitted[0]!.to)).toContain('attempt.received');
    await office.run(5_000);
    expect(main.submitted.length).toBe(before);
    main.window = 50;
    await office.server.desk.start(space, broadcast);
    await office.until(isDone(broadcast));
    expect(main.submitted.map((message) => message.to).sort()).toEqual([...to].sort());
  });

  test('for good: whoever still waits is reported as aborted', async () => {
    main.setUp(false);
    spare.setUp(false);
    const to = some(60);
    const broadcast = await started(to);
    await office.run(2_000);
    expect(await office.server.desk.whyWaiting(space, broadcast)).toEqual({ why: 'channel_down' });
    await office.server.desk.cancel(space, broadcast);
    await office.until(async () => (await office.contact(broadcast, to.at(-1)!)).state === 'done');
    await office.until(async () => (await types(to[0]!)).length === 2);
    expect(await office.events(to[3])).toMatchObject([
      { type: 'attempt.begun', about: { channel: null } },
      { type: 'attempt.aborted', code: 'CANCELLED' },
    ]);
    main.setUp(true);
    await office.run(3_000);
    expect(main.submitted).toEqual([]);
    expect(await office.state(broadcast)).toBe('cancelled');
  });
});

describe('contacts outside their hours', () => {
  const closed = { hours: { windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '23:00', to: '24:00' }] } };

  async function putOff(to: string): Promise<BroadcastId> {
    const broadcast = await started([to], closed);
    await office.until(async () => (await office.contact(broadcast, to)).due_at > clock.now());
    return broadcast;
  }

  test('are reported at once when their broadcast is cancelled', async () => {
    const to = aNumber();
    const broadcast = await putOff(to);
    await office.server.desk.cancel(space, broadcast);
    await office.until(async () => (await office.contact(broadcast, to)).state === 'done', 5_000);
    expect((await office.events(to)).at(-1)).toMatchObject({ type: 'attempt.aborted', code: 'CANCELLED' });
  });

  test('hold up nobody who may be contacted, however few are asked for at a time', async () => {
    const to = aNumber();
    const numbers = Array.from({ length: 500 }, (_, at) => `+1212555${String(at).padStart(4, '0')}`);
    const broadcast = await office.broadcast([...numbers, to]);
    await office.server.stop(1_000); // Nobody else claims.
    await office.db.query(`update broadcasts set state = 'running' where id = $1`, [broadcast]);
    const directories = await openDirectories({ db: office.db, log: silentLog });
    const [live] = (await liveBroadcasts(office.db)).filter(({ id }) => id === broadcast);
    const { ready } = await claimOf(office.db, live!, {
      ...{ space, settings: directories.of(space)!.space, sandbox: false, now: clock.now(), limit: 2 },
      newAttemptId: () => newAttemptId(clock.now()),
    });
    await directories.close();
    expect(ready.map(({ contact }) => contact.address)).toEqual([to]);
    await office.kill();
    await office.start();
    await office.server.desk.cancel(space, broadcast);
  });

  test('do not keep another broadcast from its pause, however many are put off', async () => {
    const many = Array.from({ length: 30_000 }, (_, at) => `+1212${String(5_550_000 + at)}`);
    const asleep = await office.broadcast(many);
    const other = await putOff(aNumber());
    await office.server.desk.start(space, asleep);
    await office.server.desk.pause(space, other);
    const { rows } = await office.db.query(
      `select from broadcast_contacts where broadcast_id = $1 and due_at <= to_timestamp($2::bigint / 1000.0) limit 1`,
      [asleep, clock.now()],
    );
    await office.db.query('delete from broadcast_contacts where broadcast_id = $1', [asleep]);
    expect(rows.length, 'some are still to be put off').toBe(1);
    await office.until(isDone(asleep));
  });

  test('are sent to when their hours are opened while no server runs', async () => {
    const to = aNumber();
    const broadcast = await putOff(to);
    await office.kill();
    await office.db.query('update broadcasts set hours = null where id = $1', [broadcast]);
    await office.start();
    await office.until(isDone(broadcast), 5_000);
    expect(main.submitted.map((message) => message.to)).toEqual([to]);
  });

  test('are sent to when the hours of their broadcast are opened, or those of their country', async () => {
    const to = aNumber();
    const broadcast = await putOff(to);
    await office.db.query('update broadcasts set hours = null where id = $1', [broadcast]);
    await office.until(isDone(broadcast), 5_000);
    expect(main.submitted.map((message) => message.to)).toEqual([to]);

    const setHours = async (from: string) => {
      const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from, to: '24:00' }];
      const hours = { FR: { messages: { windows, public_holidays: 'open', closed_dates: [] } } };
      await office.db.query('update spaces set calling_hours = $2 where id = $1', [space, JSON.stringify(hours)]);
      await office.db.query('update directory_versions set version = version + 1 where space_id = $1', [space]);
    };
    await setHours('23:00');
    await office.kill();
    await office.start();
    const other = aNumber();
    const evening = await started([other]);
    await office.until(async () => (await office.contact(evening, other)).due_at > clock.now());
    await setHours('00:00');
    await office.until(isDone(evening), 600_000); // The server hears of the space's settings by the real clock.
    expect(main.submitted.length).toBe(2);
  });
});

describe('a single send', () => {
  test('has the id that it was promised, ignores calling hours, and is cancelled only while it waits', async () => {
    main.setUp(false);
    spare.setUp(false);
    const [one, other] = [await office.send(aNumber()), await office.send(aNumber())];
    await office.run(1_000);
    await office.server.desk.cancelSend(space, other);
    main.setUp(true);
    await office.until(() => main.submitted.some(({ attempt }) => attempt === one));
    await office.run(1_000);
    await expect(office.server.desk.cancelSend(space, one)).rejects.toMatchObject({ code: 'message.left' });
    await expect(office.server.desk.cancelSend(space, asKey('0'.repeat(24)))).rejects.toMatchObject({
      code: 'request.not_found',
    });
    expect(main.submitted.some(({ attempt }) => attempt === other)).toBe(false);
    const told = (await office.events()).filter(({ attempt }) => attempt === other);
    expect(told.map(({ type }) => type)).toEqual(['attempt.begun', 'attempt.aborted']);
  });
});

test.each([
  ['empty for him', ' {{nickname}} ', 'EMPTY_TEXT'],
  ['longer than the space allows', 'x'.repeat(10 * 153 + 1), 'TEXT_TOO_LONG'],
])('a text that is %s is aborted, not sent', async (_what, text, code) => {
  const to = aNumber();
  await office.until(isDone(await started([to], { text })));
  expect((await office.events(to)).at(-1)).toMatchObject({ type: 'attempt.aborted', code });
  expect(main.submitted).toEqual([]);
});

test('a number on the do-not-call list and a costly one are aborted, not sent', async () => {
  const [listed, costly] = [aNumber(), '+33899123456'];
  await office.db.query(`insert into do_not_call (space_id, number, campaign_id) values ($1, $2, '')`, [
    space,
    listed.slice(1),
  ]);
  const broadcast = await started([listed, costly]);
  await office.until(isDone(broadcast));
  expect((await office.events(listed)).at(-1)).toMatchObject({ type: 'attempt.aborted', code: 'DO_NOT_CALL' });
  expect((await office.events(costly)).at(-1)).toMatchObject({ type: 'attempt.aborted', code: 'FORBIDDEN_NUMBER' });
  expect(main.submitted).toEqual([]);
});
