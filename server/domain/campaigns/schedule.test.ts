import { describe, expect, test } from 'vitest';
import { asKey, type CallId, type Instant, instant } from '../ids.ts';
import type { CallingHours, CampaignRequest } from './campaign.ts';
import { mayCall } from './schedule.ts';
import { aCampaign, ana, aRequest, aSchedule, at, bob, noon } from './testing/builders.ts';

const utc = (text: string): Instant => instant(Date.parse(text));
const paris: CallingHours = {
  clock: 'space',
  windows: [
    { days: [1, 2, 3, 4, 5], from: 10 * 3_600, to: 13 * 3_600 },
    { days: [1, 2, 3, 4, 5], from: 14 * 3_600, to: 20 * 3_600 },
  ],
  closedDates: ['2026-01-06'],
};
const contactHours: CallingHours = { ...paris, clock: 'contact', closedDates: [] };

describe('what is in the way whatever the time', () => {
  const call = asKey<CallId>('a'.repeat(24));
  test.each<[string, Partial<CampaignRequest>]>([
    ['closed', { progress: { state: 'closed', result: 'done', at: noon } }],
    ['calling', { progress: { state: 'calling', user: ana, call, since: noon } }],
    ['wrap_up', { progress: { state: 'wrap_up', user: ana, call, until: instant(noon + 5) } }],
    ['reserved', { progress: { state: 'reserved', user: bob, until: instant(noon + 5) } }],
    ['assigned', { assignedTo: bob }],
  ])('%s', (why, differing) => {
    expect(mayCall(aRequest(differing), aCampaign(), at(noon))).toMatchObject({ ok: false, why });
  });

  test('his own reservation and one that has run out are not', () => {
    const own = aRequest({ progress: { state: 'reserved', user: ana, until: instant(noon + 5) } });
    const old = aRequest({ progress: { state: 'reserved', user: bob, until: noon } });
    for (const request of [own, old]) expect(mayCall(request, aCampaign(), at(noon))).toEqual({ ok: true });
  });

  test.each(['draft', 'paused', 'done'] as const)('a campaign that is %s', (state) => {
    expect(mayCall(aRequest(), aCampaign({ state }), at(noon))).toMatchObject({ why: 'campaign_not_running' });
  });

  test('a do-not-call list', () => {
    expect(mayCall(aRequest(), aCampaign(), at(noon, { doNotCall: true }))).toMatchObject({ why: 'do_not_call' });
  });
});

describe('until when', () => {
  const until = (request: CampaignRequest, hours: CallingHours | null = null, now = noon) =>
    mayCall(request, aCampaign({ hours }), at(now));

  test('a request that is not to be called before a moment', () => {
    const later = utc('2026-01-05T15:00:00Z');
    const request = aRequest({ schedule: aSchedule({ notBefore: later }) });
    expect(until(request)).toEqual({ ok: false, why: 'not_before', until: later });
  });

  test('a call back: the moment, and then only by him to whom it was promised', () => {
    const later = utc('2026-01-05T15:00:00Z');
    const request = aRequest({ callback: { at: later, user: bob } });
    expect(until(request)).toEqual({ ok: false, why: 'callback', until: later });
    expect(mayCall(request, aCampaign(), at(later))).toEqual({ ok: false, why: 'callback', until: null });
    expect(mayCall(request, aCampaign(), at(later, { user: bob }))).toEqual({ ok: true });
  });

  test('a call back out of hours waits for them', () => {
    const request = aRequest({ callback: { at: utc('2026-01-05T20:00:00Z'), user: null } });
    expect(until(request, paris)).toEqual({ ok: false, why: 'callback', until: utc('2026-01-07T09:00:00Z') });
  });

  test('hours of the space: lunch, evening, and a closed date', () => {
    expect(until(aRequest(), paris)).toEqual({ ok: true });
    const lunch = utc('2026-01-05T12:00:00Z');
    expect(until(aRequest(), paris, lunch)).toEqual({ ok: false, why: 'hours', until: utc('2026-01-05T13:00:00Z') });
    const evening = utc('2026-01-05T19:00:00Z');
    expect(until(aRequest(), paris, evening)).toEqual({ ok: false, why: 'hours', until: utc('2026-01-07T09:00:00Z') });
  });

  test('hours of the contact: only when it is open in every zone of his country', () => {
    const zones = ['America/New_York', 'America/Los_Angeles'];
    const answer = mayCall(aRequest(), aCampaign({ hours: contactHours }), at(noon, { contactZones: zones }));
    expect(answer).toEqual({ ok: false, why: 'hours', until: utc('2026-01-05T19:00:00Z') });
  });

  test('hours do not apply to the sandbox, the schedule of a request does', () => {
    const night = utc('2026-01-05T23:00:00Z');
    const circumstances = at(night, { sandbox: true });
    expect(mayCall(aRequest(), aCampaign({ hours: paris }), circumstances)).toEqual({ ok: true });
    const morning = aRequest({ schedule: aSchedule({ time: 'RANGE', fromTime: 8 * 3_600, toTime: 9 * 3_600 }) });
    expect(mayCall(morning, aCampaign({ hours: paris }), circumstances)).toMatchObject({ why: 'time' });
  });

  test('dates: both bounds inside; past the last one it is over', () => {
    const schedule = aSchedule({ date: 'RANGE', fromDate: '2026-01-06 10:00:00', toDate: '2026-01-06 18:59:59' });
    const request = aRequest({ schedule });
    expect(until(request)).toEqual({ ok: false, why: 'dates', until: utc('2026-01-06T09:00:00Z') });
    expect(until(request, null, utc('2026-01-06T17:59:59Z'))).toEqual({ ok: true });
    expect(until(request, null, utc('2026-01-06T18:00:00Z'))).toEqual({
      ...{ ok: false, why: 'dates', until: null, over: true },
    });
  });

  test('a date far away is found', () => {
    const schedule = aSchedule({ date: 'RANGE', fromDate: '2031-07-01 00:00:00', toDate: null });
    expect(until(aRequest({ schedule }))).toEqual({ ok: false, why: 'dates', until: utc('2031-06-30T22:00:00Z') });
  });

  test('days, and a time over midnight', () => {
    const schedule = aSchedule({ days: [6], time: 'RANGE', fromTime: 22 * 3_600, toTime: 2 * 3_600 });
    const request = aRequest({ schedule });
    expect(until(request)).toEqual({ ok: false, why: 'days', until: utc('2026-01-09T23:00:00Z') });
    expect(until(request, null, utc('2026-01-10T12:00:00Z'))).toMatchObject({ until: utc('2026-01-10T21:00:00Z') });
  });

  test('hours that never open are known to be such', () => {
    const schedule = aSchedule({ hours: [{ from: 8 * 3_600, to: 9 * 3_600 }] });
    expect(until(aRequest({ schedule }), paris)).toEqual({ ok: false, why: 'time', until: null });
  });
});

describe('the nights on which clocks change', () => {
  const request = aRequest({ schedule: aSchedule({ time: 'RANGE', fromTime: 9_000, toTime: 10_800 }) });
  const ask = (now: string) => mayCall(request, aCampaign(), at(utc(now)));

  test('in spring half past two does not come: the day is left out', () => {
    expect(ask('2026-03-29T00:59:59Z')).toEqual({ ok: false, why: 'time', until: utc('2026-03-30T00:30:00Z') });
  });

  test('in autumn half past two comes twice', () => {
    expect(ask('2026-10-25T00:30:00Z')).toEqual({ ok: true });
    expect(ask('2026-10-25T01:00:00Z')).toEqual({ ok: false, why: 'time', until: utc('2026-10-25T01:30:00Z') });
    expect(ask('2026-10-25T01:59:59Z')).toEqual({ ok: true });
    expect(ask('2026-10-25T02:00:00Z')).toMatchObject({ until: utc('2026-10-26T01:30:00Z') });
  });
});
