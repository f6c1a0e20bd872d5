// Against an oracle that knows nothing of marks and changes: the same rule asked minute by minute.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Instant, instant } from '../ids.ts';
import type { CallingHours, Schedule } from './campaign.ts';
import { clockSays, mayCall } from './schedule.ts';
import { aCampaign, aRequest, aSchedule, at } from './testing/builders.ts';
import { wallAt, wallText } from './wall-clock.ts';

/** Changes at midnight (Santiago, Beirut), by half an hour (Lord Howe), none (Kolkata), and usual ones. */
const zones = [
  ...['Europe/Paris', 'Europe/Warsaw', 'Europe/Moscow', 'America/New_York', 'America/Los_Angeles', 'America/Santiago'],
  ...[
    'Asia/Beirut',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Auckland',
    'Pacific/Kiritimati',
    'Africa/Casablanca',
  ],
];
/** Around both changes of 2026 in each of these zones, and some other days. */
const days = [
  '03-08',
  '03-28',
  '03-29',
  '04-04',
  '04-05',
  '07-01',
  '09-05',
  '09-06',
  '09-27',
  '10-24',
  '10-25',
  '11-01',
];

const minute = 60_000;
const anInstant = fc
  .record({ day: fc.constantFrom(...days), minutes: fc.integer({ min: -1_440, max: 2_880 }) })
  .map(({ day, minutes }) => instant(Date.parse(`2026-${day}T00:00:00Z`) + minutes * minute));
const aPiece = fc
  .tuple(fc.integer({ min: 0, max: 1_440 }), fc.integer({ min: 0, max: 1_440 }))
  .map(([one, other]) => ({ from: Math.min(one, other) * 60, to: Math.max(one, other) * 60 }));
const someDays = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });

const hours: fc.Arbitrary<CallingHours | null> = fc.option(
  fc.record({
    clock: fc.constantFrom('space' as const, 'contact' as const),
    windows: fc.array(
      fc.record({ days: someDays, piece: aPiece }).map(({ days: on, piece }) => ({ days: on, ...piece })),
      { minLength: 1, maxLength: 3 },
    ),
    closedDates: fc.subarray(['2026-03-29', '2026-10-25', '2026-04-05']),
  }),
);
/** Else hardly anything would ever be open. */
const seldom = <T>(drawn: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: drawn });
const schedule = fc.record({
  days: seldom(someDays),
  pieces: seldom(fc.array(aPiece, { minLength: 1, maxLength: 2 })),
  time: seldom(fc.tuple(fc.integer({ min: 0, max: 1_440 }), fc.integer({ min: 0, max: 1_440 }))),
  dates: seldom(fc.tuple(anInstant, anInstant)),
});

function scheduleIn(zone: string, drawn: typeof schedule extends fc.Arbitrary<infer Drawn> ? Drawn : never): Schedule {
  const shown = (moment: Instant) => wallText(wallAt(zone, moment));
  const [from, to] = drawn.dates?.map(shown).sort() ?? [];
  return aSchedule({
    days: drawn.days,
    hours: drawn.pieces,
    ...(drawn.time && { time: 'RANGE', fromTime: drawn.time[0] * 60, toTime: drawn.time[1] * 60 }),
    ...(drawn.dates && { date: 'RANGE', fromDate: from!, toDate: to! }),
  });
}

test('what "until" says is the first minute at which the rule says yes', () => {
  let open = 0;
  let later = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.subarray(zones, { minLength: 1, maxLength: 2 }),
      hours,
      schedule,
      anInstant,
      (spaceZone, contactZones, drawnHours, drawn, now) => {
        const request = aRequest({ schedule: scheduleIn(spaceZone, drawn) });
        const campaign = aCampaign({ hours: drawnHours });
        const when = (moment: number) => at(instant(moment), { spaceZone, contactZones });
        const isOpen = (moment: number) => clockSays(request, campaign, when(moment)) === null;
        const answer = mayCall(request, campaign, when(now));
        if (answer.ok) return void open++;
        if (answer.until !== null) {
          later++;
          expect(answer.until).toBeGreaterThan(now);
          expect(isOpen(answer.until)).toBe(true);
        }
        const looked = Math.min(answer.until ?? Infinity, now + 2_000 * minute);
        for (let moment = now + minute; moment < looked; moment += minute) {
          if (isOpen(moment)) throw new Error(`open already at ${new Date(moment).toISOString()}`);
        }
      },
    ),
    { numRuns: 100 },
  );
  expect(open).toBeGreaterThan(5);
  expect(later).toBeGreaterThan(10);
}, 30_000);
