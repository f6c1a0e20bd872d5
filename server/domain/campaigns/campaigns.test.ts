import { describe, expect, test } from 'vitest';
import { instant } from '../ids.ts';
import { endOfAttempt } from './attempt.ts';
import { dialledDigits } from './numbers.ts';
import { callsToStart } from './pacing.ts';
import { afterAttempt } from './retries.ts';
import { noon, someRetries } from './testing/builders.ts';
import { zonesOfNumber } from './zones.ts';

describe('a contact’s number', () => {
  test.each([
    ['+33612345678', 'PL', '33612345678'],
    ['0033 6 12 34 56 78', 'PL', '33612345678'],
    ['+48 (22) 123-45-01', 'FR', '48221234501'],
    ['221234501', 'PL', '48221234501'],
    ['06.12.34.56.01', 'FR', '33612345601'],
    ['33612345601', 'FR', '33612345601'],
    ['48221234501', 'FR', '48221234501'],
  ])('%s in %s is dialled as %s', (written, country, digits) => {
    expect(dialledDigits(written, country)).toBe(digits);
  });

  test.each(['', 'Ana', '12', '+', '+33', '+999612345678', '06 12 34 56 0x', '1234567890123456789012', '+0612345678'])(
    '%j is none',
    (written) => expect(dialledDigits(written, 'FR')).toBeNull(),
  );

  test.each([
    ['33612345678', ['Europe/Paris']],
    ['48221234501', ['Europe/Warsaw']],
    ['12125550101', ['America/New_York']],
    ['13105550101', ['America/Los_Angeles']],
    ['74951234567', ['Europe/Moscow']],
    ['61291234567', ['Australia/Sydney']],
    ['881612345678', []],
  ])('%s lies in the zone of its country or area code: %j', (number, zones) => {
    expect(zonesOfNumber(number)).toEqual(zones);
  });

  test('of an area code that nobody knows lies in all zones of its country', () => {
    expect(zonesOfNumber('18005550101')).toEqual(expect.arrayContaining(['America/New_York', 'America/Los_Angeles']));
  });
});

describe('after an attempt', () => {
  const ask = (outcome: 'busy' | 'retry', contactTry: number, before: number) =>
    afterAttempt(someRetries, { contactTry, outcomes: { busy: before, retry: before } }, outcome, noon);

  test('the outcome’s delay, counted', () => {
    expect(ask('busy', 1, 0)).toEqual({ next: 'again', at: instant(noon + 600_000), outcomes: { busy: 1, retry: 0 } });
  });
  test('the outcome’s maximum closes', () => {
    expect(ask('busy', 3, 2)).toMatchObject({ next: 'close', result: 'busy' });
  });
  test('the maximum of all attempts closes, but not against the consultant', () => {
    expect(ask('busy', 5, 0)).toMatchObject({ next: 'close', result: 'busy' });
    expect(ask('retry', 5, 0)).toMatchObject({ next: 'again' });
  });
});

describe('an attempt ended', () => {
  const call = { consultantAnswered: true, consultantUnreachable: false, talked: false, outcome: 'busy' as const };
  test.each([
    [{ ...call, talked: true, outcome: 'answered' as const }, { end: 'talked' }],
    [call, { end: 'contact_not_reached', outcome: 'busy' }],
    [{ ...call, consultantAnswered: false, outcome: 'no_answer' as const }, { end: 'consultant_not_reached' }],
    [
      { ...call, consultantAnswered: false, outcome: 'failed' as const },
      { end: 'contact_not_reached', outcome: 'failed' },
    ],
    [
      { ...call, consultantAnswered: false, consultantUnreachable: true, outcome: 'failed' as const },
      { end: 'consultant_not_reached' },
    ],
  ])('%j', (ended, expected) => expect(endOfAttempt(ended)).toEqual(expected));
});

test('the server starts a call for each free agent, or none', () => {
  expect(callsToStart('PREVIEW', { freeAgents: 3 })).toBe(0);
  expect(callsToStart('PROGRESSIVE', { freeAgents: 3 })).toBe(3);
});
