// What is open and closed by wall clocks, and the first moment at which several such limits are all open.
import { type Instant, instant } from '../ids.ts';
import type { CallingHours } from './campaign.ts';
import { clockChanges, dateAfter, dayMs, instantsOf, wallAt } from './wall-clock.ts';

/** `marks`: seconds of the zone's day at which it may open or close. */
export interface Limit<Why extends string> {
  why: Why;
  zone: string;
  marks: readonly number[];
  isOpen(at: Instant): boolean;
}

/** Windows of the week on one zone's clock. */
export function openIn<Why extends string>(
  why: Why,
  { windows, closedDates }: Pick<CallingHours, 'windows' | 'closedDates'>,
  zone: string,
): Limit<Why> {
  const isOpen = (at: Instant) => {
    const { date, day, second } = wallAt(zone, at);
    if (closedDates.includes(date)) return false;
    return windows.some(({ days, from, to }) => days.includes(day) && from <= second && second < to);
  };
  return { why, zone, marks: [0, ...windows.flatMap(({ from, to }) => [from, to])], isOpen };
}

export function firstClosed<Why extends string>(limits: readonly Limit<Why>[], at: Instant): Why | null {
  return limits.find((limit) => !limit.isOpen(at))?.why ?? null;
}

/** Whoever may not be called within so many days need not be looked at again. */
const horizonDays = 400;
const stride = 7;

/**
 * The first moment, not before `start`, at which all limits are open. Open and closed change only at the limits' marks and
 * where clocks are put forward or back, so these are the moments to look at.
 */
export function firstOpen(limits: readonly Limit<string>[], start: Instant): Instant | null {
  if (firstClosed(limits, start) === null) return start;
  for (let day = 0; day < horizonDays; day += stride) {
    // Zones are up to a day apart, so days overlap: what lies past the stride is decided with the next one.
    const decidedUntil = start + (day + stride) * dayMs;
    const open = momentsOf(limits, start, day - 1, day + stride + 1)
      .filter((at) => at > start && at < decidedUntil)
      .find((at) => firstClosed(limits, at) === null);
    if (open !== undefined) return open;
  }
  return null;
}

function momentsOf(limits: readonly Limit<string>[], start: Instant, firstDay: number, lastDay: number): Instant[] {
  const marksOf = new Map<string, Set<number>>();
  for (const { zone, marks } of limits) {
    const all = marksOf.get(zone) ?? new Set();
    for (const mark of marks) all.add(mark);
    marksOf.set(zone, all);
  }
  const moments = new Set<Instant>();
  for (const [zone, marks] of marksOf) {
    const today = wallAt(zone, start).date;
    for (let day = firstDay; day <= lastDay; day++) {
      const date = dateAfter(today, day);
      for (const mark of marks) for (const at of instantsOf(zone, date, mark)) moments.add(at);
    }
    const [from, to] = [instant(start + firstDay * dayMs), instant(start + lastDay * dayMs)];
    for (const at of clockChanges(zone, from, to)) moments.add(at);
  }
  return [...moments].sort((one, other) => one - other);
}
