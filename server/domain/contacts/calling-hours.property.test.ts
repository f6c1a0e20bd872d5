// Against an oracle that knows neither our wall clock nor our data: what Intl shows on the contact's clock, minute by
// minute, and Easter by the rule of Gauss and Butcher.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../ids.ts';
import { type ContactHours, mayContactAt, openingHours } from './calling-hours.ts';
import { placeOf } from './place.ts';

const minute = 60_000;
/** Numbers whose places change their clocks on different days, by different amounts, at midnight, or never. */
const numbers = {
  '+33612345601': 'Europe/Paris',
  '+262692123456': 'Indian/Reunion',
  '+12125550101': 'America/New_York',
  '+18085550101': 'Pacific/Honolulu',
  '+74951234567': 'Europe/Moscow',
  '+56221234567': 'America/Santiago',
  '+9611234567': 'Asia/Beirut',
  '+919812345678': 'Asia/Kolkata',
  '+64211234567': 'Pacific/Auckland',
} as const;
type Number = keyof typeof numbers;

/** Anywhere in three years, half of them near a change of clocks. */
const changes = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-09-06', '2026-09-27', '2026-10-25', '2026-11-01'];
const moments = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0) / minute, max: Date.UTC(2029, 0) / minute }),
  fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -2_880, max: 2_880 }))
    .map(([day, minutes]) => Date.parse(`${day}T00:00:00Z`) / minute + minutes),
);

const formats = new Map<string, Intl.DateTimeFormat>();
function shownIn(timeZone: string, at: number) {
  let format = formats.get(timeZone);
  if (!format) {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    format = new Intl.DateTimeFormat('sv', { timeZone, ...parts, hourCycle: 'h23' });
    formats.set(timeZone, format);
  }
  const [date, time] = format.format(at).split(' ') as [string, string];
  return { date, time, weekday: new Date(`${date}T00:00:00Z`).getUTCDay() };
}

function frenchHolidays(year: number): string[] {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const days = h + l - 7 * Math.floor((a + 11 * h + 22 * l) / 451) + 114;
  const easter = Date.UTC(year, Math.floor(days / 31) - 1, (days % 31) + 1);
  const moved = [1, 39, 50].map((after) => new Date(easter + after * 86_400_000).toISOString().slice(5, 10));
  return ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25', ...moved].map(
    (day) => `${year}-${day}`,
  );
}

function isOpen(number: Number, at: number): boolean {
  const { date, time, weekday } = shownIn(numbers[number], at);
  const french = number === '+33612345601' || number === '+262692123456';
  const holidays = frenchHolidays(Number(date.slice(0, 4)));
  if (number === '+262692123456') holidays.push(`${date.slice(0, 4)}-12-20`);
  if (french) return weekday !== 0 && !holidays.includes(date) && time >= '10:00' && time < '20:00';
  if (number.startsWith('+1')) return time >= '08:00' && time < '21:00';
  return time >= (number.startsWith('+7') ? '09:00' : '08:00') && time < '20:00';
}

const about = (number: Number): ContactHours => ({
  ...{ place: placeOf(number), media: 'sms', hours: null, spaceTimeZone: 'Europe/Paris', rules: {} },
});

test('is open when the clock on the contact’s wall says so, and opens next at the first such minute', () => {
  const seen = { open: 0, closed: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(numbers) as Number[])), moments, (number, minutes) => {
      const at = minutes * minute;
      const found = mayContactAt(about(number), instant(at));
      expect(found.ok).toBe(isOpen(number, at));
      seen[found.ok ? 'open' : 'closed']++;
      if (found.ok) return;
      for (let moment = at; moment < found.from!; moment += 15 * minute) expect(isOpen(number, moment)).toBe(false);
      expect(isOpen(number, found.from!)).toBe(true);
      expect(isOpen(number, found.from! - minute)).toBe(false);
    }),
    { numRuns: 400 },
  );
  expect(Math.min(seen.open, seen.closed)).toBeGreaterThan(50);
}, 30_000);

test('what is remembered for a place says the same as asking anew', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(numbers) as Number[])),
      moments,
      fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 5, maxLength: 20 }),
      (number, start, steps) => {
        const { place, ...rest } = about(number);
        const ask = openingHours(rest);
        let at = start * minute;
        for (const step of steps) {
          at += step * minute;
          expect(ask(place, instant(at))).toEqual(mayContactAt(about(number), instant(at)));
        }
      },
    ),
    { numRuns: 60 },
  );
}, 30_000);
