import { publicHolidays } from './public-holidays.gen.ts';

const datesOf = new Map<string, ReadonlySet<string>>();

/** `YYYY-MM-DD`; empty for a country whose holidays are not known. Regional ones are not among them. */
export function holidaysOf(country: string): ReadonlySet<string> {
  const known = datesOf.get(country);
  if (known) return known;
  const years = publicHolidays[country]?.split(' ') ?? [];
  const dates = years.flatMap((line) => {
    const [year, days = ''] = line.split(':');
    return days.split(',').map((day) => `${year}-${day.slice(0, 2)}-${day.slice(2)}`);
  });
  const set = new Set(dates);
  datesOf.set(country, set);
  return set;
}
