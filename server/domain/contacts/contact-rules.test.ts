// The small rules of contacts, as tables.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asId, asKey, type AttemptId, type ChannelId, type ContactId, instant } from '../ids.ts';
import { type AttemptState, notBegun } from './attempt.ts';
import { heldReady, howManyNow } from './pacing.ts';
import { answeredBy } from './replies.ts';
import { fateOf, isTriedAgain, noRetry, retryDelayMs, type RetryRules } from './retry.ts';
import { asksToStop } from './stop-words.ts';
import { whyWaiting } from './why-waiting.ts';

const channel = asId<ChannelId>(1);
const key = (letter: string) => asKey<AttemptId>(letter.repeat(24));

describe('a word that asks not to be written to again', () => {
  test.each([
    ['STOP', true],
    ['stop', true],
    [' Stop.', true],
    ['"STOP"', true],
    ['STOP svp', true],
    ['Arrêt', true],
    ['ARRET', true],
    ['arre\u0302t!', true],
    ['Désabo', true],
    ['ＳＴＯＰ', true],
    ['Stopover in Rome', false],
    ['non stop', false],
    ['please STOP', false],
    ['', false],
    ['!', false],
    ['ne plus recevoir', true],
    ['Ne  plus recevoir, merci', true],
    ['ne plus', false],
  ])('%j: %s', (text, asks) => {
    expect(asksToStop(text, ['Ne plus recevoir', ' '])).toBe(asks);
  });
});

describe('the attempt that a reply answers', () => {
  const attempts = [
    { id: key('a'), begunAt: instant(1), from: '+33700', channel },
    { id: key('b'), begunAt: instant(3), from: null, channel },
    { id: key('c'), begunAt: instant(2), from: '+33700', channel },
    { id: key('d'), begunAt: instant(9), from: 'ACME', channel },
  ];
  test.each([
    ['the newest under that number', '33700', key('c')],
    ['else one under the carrier’s own', '38000', key('b')],
  ])('%s', (_, to, id) => expect(answeredBy(attempts, { to, channel, own: null })).toBe(id));

  test('none, of another carrier', () => {
    expect(answeredBy(attempts, { to: '38000', channel: asId<ChannelId>(2), own: null })).toBeNull();
  });

  test.each([
    ['38000', '38000', true],
    ['38000', '38001', false],
    ['+33199000038', '33199000038', true],
    ['0199000038', '+33199000038', true],
    ['0199000038', '+33199000039', false],
    ['Parley', '38000', true],
  ])('under %s, which is the channel’s own, written to %s: %s', (own, to, isAnswered) => {
    expect(answeredBy(attempts, { to, channel, own })).toBe(isAnswered ? key('b') : null);
  });
});

describe('another attempt', () => {
  const rules: RetryRules = { maxAttempts: 3, delaysMs: [10, 20], undelivered: true, resendUnknown: false };
  test('follows while there are attempts left, if it may succeed', () => {
    const ask = (number: number, retryable = true, how: 'refused' | 'undelivered' = 'refused') =>
      isTriedAgain(rules, { number, how, retryable });
    expect([ask(1), ask(2), ask(3), ask(1, false)]).toEqual([true, true, false, false]);
    expect(isTriedAgain({ ...rules, undelivered: false }, { number: 1, how: 'undelivered', retryable: true })).toBe(
      false,
    );
  });

  test('comes after its delay; the last delay holds for all further ones', () => {
    expect([1, 2, 3, 9].map((number) => retryDelayMs(rules, number))).toEqual([10, 20, 20, 20]);
    expect(retryDelayMs(noRetry, 1)).toBe(0);
  });

  const about = {
    ...{ media: 'sms' as const, broadcast: null, contact: asKey<ContactId>('c'.repeat(24)), to: '+33612345612' },
    ...{ from: null, refExterne: null, number: 1, channel, username: 'office', timeZone: 'Europe/Paris' },
  };
  const known = (differing: Partial<AttemptState>): AttemptState => ({
    ...notBegun,
    version: 2,
    about,
    at: instant(5),
    ...differing,
  });
  const failed = { at: instant(5), code: '8', info: 'no' };
  test.each<[string, Partial<AttemptState>, RetryRules, ReturnType<typeof fateOf>]>([
    ['nothing is known', {}, rules, undefined],
    ['sent, and it may still fail', { carrierIds: ['x'] }, rules, { is: 'under_way', until: instant(3_600_005) }],
    ['sent, and nothing would follow', { carrierIds: ['x'] }, noRetry, { is: 'done', why: 'sent' }],
    ['refused for now', { failures: [{ ...failed, retry: true }] }, rules, { is: 'waiting', from: instant(15) }],
    ['refused for good', { failures: [{ ...failed, retry: false }] }, rules, { is: 'done', why: 'failed' }],
    [
      'failed, and delivered all the same',
      { failures: [{ ...failed, retry: true }], received: [instant(6)] },
      rules,
      { is: 'done', why: 'sent' },
    ],
    ['aborted', { aborted: failed }, rules, { is: 'done', why: 'aborted' }],
    ['unknown', { unknown: true }, rules, { is: 'done', why: 'unknown' }],
    [
      'unknown, to be sent again',
      { unknown: true },
      { ...rules, resendUnknown: true },
      { is: 'waiting', from: instant(5) },
    ],
    [
      'unknown, answered',
      { unknown: true, answered: [{ at: instant(6), text: 'Ok' }] },
      rules,
      { is: 'done', why: 'sent' },
    ],
  ])('of a contact: %s', (_, differing, given, fate) => {
    expect(fateOf(known(differing), given)).toEqual(fate);
  });
});

describe('a rate', () => {
  test('is kept over any second, however often one looks, and used up by whoever looks often enough', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 2_000, noNaN: true }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 50, maxLength: 200 }),
        (ratePerS, gaps) => {
          let pacedUntil = null as ReturnType<typeof howManyNow>['pacedUntil'];
          let now = 1_000_000;
          const taken: { at: number; count: number }[] = [];
          for (const gap of gaps) {
            now += gap;
            const allowed = howManyNow({ ratePerS, pacedUntil }, 10_000, instant(now));
            pacedUntil = allowed.pacedUntil;
            taken.push({ at: now, count: allowed.count });
          }
          for (const { at } of taken) {
            const inSecond = taken.filter((one) => one.at > at - 1_000 && one.at <= at);
            const count = inSecond.reduce((sum, one) => sum + one.count, 0);
            expect(count).toBeLessThanOrEqual(ratePerS * 1.1 + 2);
          }
          const all = taken.reduce((sum, { count }) => sum + count, 0);
          expect(all).toBeGreaterThanOrEqual(Math.floor(((now - 1_000_000) / 1_000) * ratePerS) - 1);
        },
      ),
    );
  });

  test('says when to look again; without one as many as there are go', () => {
    expect(howManyNow({ ratePerS: 1, pacedUntil: instant(1_000) }, 5, instant(1_500))).toEqual({
      ...{ count: 0, pacedUntil: 1_000, nextAt: 2_000 },
    });
    expect(howManyNow({ ratePerS: null, pacedUntil: null }, 5, instant(0)).count).toBe(5);
  });

  test('what is held ready grows with the channels’ windows and stays bounded', () => {
    expect(heldReady({ room: 0, underWay: 1 })).toBe(20);
    expect(heldReady({ room: 50, underWay: 50 })).toBe(200);
    expect(heldReady({ room: 9_000, underWay: 0 })).toBe(500);
  });
});

test.each([
  [['up'], null, null],
  [[], 5, { why: 'no_channel' }],
  [['down', 'connecting'], 5, { why: 'channel_down' }],
  [['down', 'up'], 5, null],
  [['up'], 50, { why: 'not_due', until: 50 }],
] as const)('channels %j, first contact due at %s: %j', (channels, dueAt, why) => {
  expect(whyWaiting({ channels, nextDueAt: dueAt === null ? null : instant(dueAt), now: instant(10) })).toEqual(why);
});
