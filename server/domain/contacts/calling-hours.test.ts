import { describe, expect, test } from 'vitest';
import { instant } from '../ids.ts';
import { type ContactHours, mayContactAt } from './calling-hours.ts';
import { placeOf } from './place.ts';

const paris = '+33612345601';
const about = (address: string, differing: Partial<ContactHours> = {}): ContactHours => ({
  place: placeOf(address),
  media: 'sms',
  hours: null,
  spaceTimeZone: 'Europe/Paris',
  rules: {},
  ...differing,
});
const at = (text: string) => instant(Date.parse(text));
const closed = (why: string, from: string | null) => ({ ok: false, why, from: from === null ? null : at(from) });
const open = { ok: true };

describe('by the defaults', () => {
  test.each([
    // [to, media, when, what]
    [paris, 'sms', '2026-01-06T09:00:00Z', open], // Tuesday, 10 h in Paris
    [paris, 'sms', '2026-01-06T08:59:59Z', closed('outside_hours', '2026-01-06T09:00:00Z')],
    [paris, 'sms', '2026-01-10T18:59:59Z', open], // a Saturday
    [paris, 'sms', '2026-01-10T19:00:00Z', closed('outside_hours', '2026-01-12T09:00:00Z')],
    [paris, 'sms', '2026-01-11T11:00:00Z', closed('sunday', '2026-01-12T09:00:00Z')],
    [paris, 'sms', '2026-07-14T11:00:00Z', closed('holiday', '2026-07-15T08:00:00Z')],
    [paris, 'sms', '2026-05-14T11:00:00Z', closed('holiday', '2026-05-15T08:00:00Z')], // Ascension
    [paris, 'call', '2026-01-06T12:30:00Z', closed('outside_hours', '2026-01-06T13:00:00Z')], // lunch
    [paris, 'call', '2026-01-10T11:00:00Z', closed('outside_hours', '2026-01-12T09:00:00Z')], // a Saturday
    [paris, 'mail', '2026-01-11T03:00:00Z', open],
    ['ana@example.com', 'mail', '2026-01-11T03:00:00Z', open],
    ['+262692123456', 'sms', '2026-01-06T06:00:00Z', open], // Réunion: 10 h is four hours earlier
    ['+12125550101', 'sms', '2026-01-11T13:00:00Z', open], // New York, a Sunday, 8 h
    ['+13105550101', 'sms', '2026-01-11T13:00:00Z', closed('outside_hours', '2026-01-11T16:00:00Z')], // Los Angeles
    ['+4915112345601', 'sms', '2026-01-06T07:00:00Z', open], // of no rule of its own: 8–20
  ] as const)('%s by %s at %s', (address, media, when, expected) => {
    expect(mayContactAt(about(address, { media }), at(when))).toEqual(expected);
  });

  test('a number that may be in several zones waits until it is open in each', () => {
    const free = about('+18005550101'); // anywhere from Honolulu to New York
    expect(mayContactAt(free, at('2026-01-06T17:00:00Z'))).toEqual(closed('outside_hours', '2026-01-06T18:00:00Z'));
    expect(mayContactAt(free, at('2026-01-07T01:59:00Z'))).toEqual(open);
    expect(mayContactAt(free, at('2026-01-07T02:00:00Z'))).toMatchObject({ ok: false });
  });

  test('the clocks are changed while it is closed: it opens by the new time', () => {
    expect(mayContactAt(about(paris), at('2026-03-28T20:00:00Z'))).toMatchObject({ from: at('2026-03-30T08:00:00Z') });
    expect(mayContactAt(about(paris), at('2026-10-24T20:00:00Z'))).toMatchObject({ from: at('2026-10-26T09:00:00Z') });
  });
});

describe('what a space sets', () => {
  const always = { FR: { messages: null } };
  test('any time', () => {
    expect(mayContactAt(about(paris, { rules: always }), at('2026-01-11T02:00:00Z'))).toEqual(open);
    expect(mayContactAt(about(paris, { rules: always, media: 'call' }), at('2026-01-11T02:00:00Z')).ok).toBe(false);
  });

  test('for all others does not touch a country of which something is known', () => {
    const rules = { '*': { messages: null } };
    expect(mayContactAt(about(paris, { rules }), at('2026-01-11T02:00:00Z')).ok).toBe(false);
    expect(mayContactAt(about('+4915112345601', { rules }), at('2026-01-11T02:00:00Z'))).toEqual(open);
  });

  test('own dates, and holidays of a country without its own rule', () => {
    const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: 8 * 3_600, to: 20 * 3_600 }];
    const rules = { PL: { messages: { windows, closedOnHolidays: true, closedDates: ['2026-11-12'] } } };
    const warsaw = about('+48601123401', { rules });
    expect(mayContactAt(warsaw, at('2026-11-11T10:00:00Z'))).toEqual(closed('holiday', '2026-11-13T07:00:00Z'));
  });
});

describe('a broadcast’s own hours', () => {
  const window = (from: number, to: number) => [{ days: [1, 2, 3, 4, 5, 6, 7], from: from * 3_600, to: to * 3_600 }];
  const hours = (clock: 'space' | 'contact', from: number, to: number) => ({
    clock,
    windows: window(from, to),
    closedDates: [],
  });

  test('narrow those of the place, and do not widen them', () => {
    expect(mayContactAt(about(paris, { hours: hours('contact', 0, 24) }), at('2026-01-06T03:00:00Z')).ok).toBe(false);
    expect(mayContactAt(about(paris, { hours: hours('contact', 12, 14) }), at('2026-01-06T09:30:00Z'))).toEqual(
      closed('outside_hours', '2026-01-06T11:00:00Z'),
    );
  });

  test('on the space’s clock', () => {
    const newYork = about('+12125550101', { hours: hours('space', 15, 16) });
    expect(mayContactAt(newYork, at('2026-01-06T14:00:00Z'))).toEqual(open); // 15 h in Paris, 9 h in New York
    expect(mayContactAt(newYork, at('2026-01-06T15:00:00Z'))).toMatchObject({ from: at('2026-01-07T14:00:00Z') });
  });

  test('that never meet the place’s are never open', () => {
    expect(mayContactAt(about(paris, { hours: hours('contact', 21, 22) }), at('2026-01-06T11:00:00Z'))).toEqual(
      closed('outside_hours', null),
    );
  });
});
