// What carriers do with what they are asked: refuse it, fall silent, go down.
import { describe, expect, test } from 'vitest';
import type { SubmitOutcome } from '../../channels/message.ts';
import { openOfficeWithTwoCarriers } from './testing/two-carriers.ts';

const { office, main, spare, channel, aNumber, some, started, isDone, types, receipt } =
  await openOfficeWithTwoCarriers();
const { clock } = office;

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
