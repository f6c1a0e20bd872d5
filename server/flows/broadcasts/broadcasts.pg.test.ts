// Broadcasts and single sends by scripted carriers, followed in the journal; what carriers may do; pauses and failures.
import { beforeEach, describe, expect, test } from 'vitest';
import type { SubmitOutcome } from '../../channels/message.ts';
import { asKey, type AttemptId, instant } from '../../domain/ids.ts';
import { nameOf } from './testing/scripted-carrier.ts';
import { openSendingOffice } from './testing/sending-office.ts';

const office = await openSendingOffice();
const { space, clock } = office;
const main = office.network();
const spare = office.network('spare');
const channel = await office.channel({ priority: 10 });
await office.channel({ name: 'spare' });
let numbers = 600_000_000;
const aNumber = () => `+33${++numbers}`;
const some = (count: number) => Array.from({ length: count }, aNumber);
const types = async (to: string) => (await office.events(to)).map(({ type }) => type);
const started = async (...about: Parameters<typeof office.broadcast>) => {
  const broadcast = await office.broadcast(...about);
  await office.server.desk.start(space, broadcast);
  return broadcast;
};
const isDone = (broadcast: Awaited<ReturnType<typeof started>>) => async () =>
  (await office.state(broadcast)) === 'done';
const attemptAt = async (to: string) => (await office.events(to))[0]!.attempt;
const receipt = (
  attempt: AttemptId,
  differing: { status?: 'delivered' | 'failed'; carrierId?: string; at?: number } = {},
) =>
  main.listener.fact({
    ...{ kind: 'receipt', channel, carrierId: differing.carrierId ?? nameOf(attempt), to: null },
    ...{ status: differing.status ?? 'delivered', code: differing.status === 'failed' ? '27' : '000', info: 'gone' },
    at: instant(differing.at ?? clock.now()),
  });

beforeEach(() => {
  for (const network of [main, spare]) {
    network.answer = (message) => network.taken(message);
    network.setUp(true);
    network.submitted.length = 0;
  }
});

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

describe('a carrier', () => {
  test('that is down is replaced by the next, and takes over again when it is back', async () => {
    main.setUp(false);
    const broadcast = await started(some(20));
    await office.until(isDone(broadcast));
    expect([main.submitted.length, spare.submitted.length]).toEqual([0, 20]);
    main.setUp(true);
    const again = await started(some(20));
    await office.until(isDone(again));
    expect(main.submitted.length).toBe(20);
  });

  test('that goes down in the middle hands over what it has not put on the wire', async () => {
    const to = some(80);
    main.window = 20;
    main.answer = (message, place) => {
      if (place === 15) main.setUp(false);
      return place > 15 ? { outcome: 'not_sent', info: 'lost' } : main.taken(message);
    };
    const broadcast = await started(to);
    await office.until(isDone(broadcast));
    main.window = 50;
    const left = [...main.submitted.slice(0, 15), ...spare.submitted].map((message) => message.to);
    expect(left.sort()).toEqual([...to].sort());
    const sent = (await office.events()).filter((event) => event.type === 'attempt.sent' && event.channel !== channel);
    expect(sent.length).toBeGreaterThanOrEqual(65);
  });

  test('with none up contacts wait, and leave when one is back', async () => {
    main.setUp(false);
    spare.setUp(false);
    const broadcast = await started(some(10));
    await office.run(3_000);
    expect(await office.state(broadcast)).toBe('running');
    main.setUp(true);
    await office.until(isDone(broadcast));
    expect(main.submitted.length).toBe(10);
  });

  test('that refuses for now is asked again after the rest, by a new attempt', async () => {
    const to = aNumber();
    const outcomes: SubmitOutcome[] = [{ outcome: 'refused', retryable: true, code: '20', info: 'queue full' }];
    main.answer = (message) => outcomes.shift() ?? main.taken(message);
    const broadcast = await started([to], { max_attempts: 3, retry: { delays_s: [60], undelivered: true } });
    await office.until(
      async () => (await office.contact(broadcast, to)).state === 'waiting' && main.submitted.length > 0,
    );
    await office.run(50_000);
    expect(main.submitted.length).toBe(1);
    await office.until(() => main.submitted.length === 2);
    await office.until(async () => (await types(to)).length === 4);
    const [, failed, second] = await office.events(to);
    expect(failed).toMatchObject({ type: 'attempt.failed', code: '20', retry: true });
    expect(second).toMatchObject({ type: 'attempt.begun', about: { number: 2 } });
    // Under way until its receipt: it may fail still.
    expect(await office.state(broadcast)).toBe('running');
    await receipt(main.submitted[1]!.attempt, { status: 'failed' });
    await office.until(async () => (await office.contact(broadcast, to)).state === 'waiting');
    await office.until(() => main.submitted.length === 3, 120_000);
    await office.until(async () => (await types(to)).length === 7);
    await receipt(main.submitted[2]!.attempt, { status: 'failed' });
    expect((await office.events(to)).at(-1)).toMatchObject({ type: 'attempt.failed', retry: false });
    await office.until(isDone(broadcast));
    await office.until(async () => (await office.contact(broadcast, to)).done_reason === 'failed');
    expect(await office.contact(broadcast, to)).toMatchObject({ state: 'done', attempts: 3 });
  });

  test('that refuses for good, or never answers, is not asked again', async () => {
    const [refused, unheard] = some(2) as [string, string];
    main.answer = ({ to }) =>
      to === refused
        ? { outcome: 'refused', retryable: false, code: '11', info: 'invalid' }
        : { outcome: 'unknown', info: 'no answer' };
    const broadcast = await started([refused, unheard], { max_attempts: 5 });
    await office.until(isDone(broadcast));
    expect(await types(refused)).toEqual(['attempt.begun', 'attempt.failed']);
    expect(await types(unheard)).toEqual(['attempt.begun', 'attempt.outcome_unknown']);
    expect(await office.contact(broadcast, unheard)).toMatchObject({ done_reason: 'unknown' });
    await office.server.caughtUp();
    await clock.advance(86_400_000);
    await office.until(async () => (await types(unheard)).at(-1) === 'attempt.failed');
  });

  test('whose answer was not heard is asked again where the broadcast says so', async () => {
    const to = aNumber();
    main.answer = (message, place) => (place === 1 ? { outcome: 'unknown', info: 'no answer' } : main.taken(message));
    const broadcast = await started([to], { resend_unknown: true });
    await office.until(isDone(broadcast));
    expect(main.submitted.length).toBe(2);
    expect(await types(to)).toEqual([...['attempt.begun', 'attempt.outcome_unknown', 'attempt.begun', 'attempt.sent']]);
  });
});

describe('a receipt', () => {
  test('may come twice, late, and against what was said before', async () => {
    const to = aNumber();
    await office.until(isDone(await started([to])));
    const attempt = await attemptAt(to);
    await receipt(attempt, { at: 5_000 });
    await receipt(attempt, { at: 5_000 });
    await receipt(attempt, { status: 'failed', at: 9_000 });
    await receipt(attempt, { at: 12_000 });
    expect((await office.events(to)).slice(2)).toMatchObject([
      { type: 'attempt.received', at: 5_000 },
      { type: 'attempt.failed', at: 9_000, retry: false },
      { type: 'attempt.received', at: 12_000 },
    ]);
  });

  test('before the answer to the submit waits for it', async () => {
    const to = aNumber();
    const early: Promise<void>[] = [];
    main.answer = async (message) => {
      early.push(receipt(message.attempt));
      await new Promise<void>((resolve) => clock.after(400, resolve));
      return main.taken(message);
    };
    const broadcast = await started([to]);
    await office.until(isDone(broadcast));
    await office.run(1_000);
    await Promise.all(early);
    expect(await types(to)).toEqual(['attempt.begun', 'attempt.sent', 'attempt.received']);
  });

  test('for an id that nobody knows is acknowledged in the end, and counted; the log is not filled', async () => {
    const before = await office.server.foreignReceipts();
    let kept = 0;
    const taking = ['d', 'e', 'f'].map((digit) => receipt(asKey(digit.repeat(24))).then(() => kept++));
    await office.run(10_000);
    await Promise.all(taking);
    expect([kept, await office.server.foreignReceipts()]).toEqual([3, before + 3]);
    const foreign = () => office.server.logged.filter(({ msg }) => msg.startsWith('a receipt for a message'));
    expect(foreign()).toMatchObject([{ channel }]);
    await office.run(60_000);
    expect(foreign()).toMatchObject([{ channel }, { channel, times: 2 }]);
  });

  test('after a restart finds its attempt', async () => {
    const to = aNumber();
    await office.until(isDone(await started([to])));
    await office.server.caughtUp();
    await office.kill();
    await office.start();
    const kept = receipt(await attemptAt(to));
    await office.run(1_000);
    await kept;
    expect(await types(to)).toEqual(['attempt.begun', 'attempt.sent', 'attempt.received']);
  });
});

describe('a reply', () => {
  const reply = (from: string, text: string, to = '38000') =>
    main.listener.fact({ kind: 'incoming', channel, media: 'sms', from, to, text, at: clock.now() });

  test('answers the newest attempt; a stop word keeps later sends from leaving', async () => {
    const to = aNumber();
    await office.until(isDone(await started([to])));
    await office.server.caughtUp();
    await reply(to, 'Ok');
    await reply(to, 'Basta!');
    expect((await office.events(to)).slice(2)).toMatchObject([
      { type: 'attempt.answered', channel, to: '38000', text: 'Ok', optedOut: false },
      { type: 'attempt.answered', text: 'Basta!', optedOut: true },
    ]);
    await office.server.caughtUp();
    const again = await started([to]);
    await office.until(isDone(again));
    expect((await office.events(to)).slice(4)).toMatchObject([
      { type: 'attempt.begun' },
      { type: 'attempt.aborted', code: 'OPTED_OUT' },
    ]);
    expect(main.submitted.length).toBe(1);
    expect(await office.contact(again, to)).toMatchObject({ done_reason: 'opted_out' });
  });

  test('finds its message however far the projection is behind', async () => {
    const to = aNumber();
    const sender = { from: '+33199000001' };
    await office.db.transaction(async (tx) => {
      await tx.query('lock table journal_cursors in exclusive mode'); // No follower comes any further.
      await office.until(isDone(await started([to], sender)));
      await office.until(isDone(await started([to])));
      const kept = Promise.all([reply(to, 'Ok', '33199000001'), reply(to, 'Hello')]);
      await office.run(500);
      await kept;
    });
    const [first, second] = (await office.events(to)).flatMap((event) =>
      event.type === 'attempt.begun' ? [event] : [],
    );
    expect((await office.events(to)).filter(({ type }) => type === 'attempt.answered')).toMatchObject([
      { attempt: first!.attempt, text: 'Ok' },
      { attempt: second!.attempt, text: 'Hello' },
    ]);
  });

  test('from somebody to whom nothing was sent is kept', async () => {
    const from = aNumber();
    const kept = reply(from, 'Who are you?');
    await office.run(5_000);
    await kept;
    expect((await office.allEvents()).at(-1)).toMatchObject({
      type: 'reply.unmatched',
      from,
      text: 'Who are you?',
      optedOut: false,
    });
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
