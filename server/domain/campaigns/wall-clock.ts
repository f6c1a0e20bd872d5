// What clocks on a wall show in a time zone, and when they show it. Zones come from the platform's own data (IANA).
import { type Instant, instant } from '../ids.ts';

/** `day`: 1 Monday … 7 Sunday. `second`: since midnight as the clock shows it. */
export interface Wall {
  /** `YYYY-MM-DD` */
  date: string;
  day: number;
  second: number;
}

export const dayMs = 86_400_000;
/** Every change of clocks since 1980 fell on a quarter of an hour of UTC. */
const bucketMs = 900_000;
/** So much is remembered of a zone before it is forgotten all at once. */
const mostBuckets = 50_000;

interface Zone {
  format: Intl.DateTimeFormat;
  offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();

/** Throws a RangeError for a zone that nobody knows. */
function zoneNamed(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const zone = { format, offsets: new Map<number, number>() };
  zones.set(name, zone);
  return zone;
}

/** Milliseconds that the zone is ahead of UTC at that moment. */
export function offsetAt(name: string, at: Instant): number {
  const zone = zoneNamed(name);
  const bucket = Math.floor(at / bucketMs);
  const known = zone.offsets.get(bucket);
  if (known !== undefined) return known;
  if (zone.offsets.size >= mostBuckets) zone.offsets.clear();
  const asked = bucket * bucketMs;
  const part: Record<string, number> = {};
  for (const { type, value } of zone.format.formatToParts(asked)) part[type] = Number(value);
  const shown = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  zone.offsets.set(bucket, shown - asked);
  return shown - asked;
}

export function wallAt(zone: string, at: Instant): Wall {
  const shown = at + offsetAt(zone, at);
  const day = Math.floor(shown / dayMs);
  return { date: dateOf(day), day: ((day + 3) % 7) + 1, second: Math.floor((shown - day * dayMs) / 1_000) };
}

/** `YYYY-MM-DD HH:mm:ss`, whose alphabetical order is that of the clock. */
export function wallText({ date, second }: Wall): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date} ${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
}

/** When the clock shows that: never (it is put forward over it), once, or twice (it is put back). */
export function instantsOf(zone: string, date: string, second: number): Instant[] {
  const shown = Date.parse(`${date}T00:00:00Z`) + second * 1_000;
  const offsets = new Set([-1, 0, 1].map((days) => offsetAt(zone, instant(shown + days * dayMs))));
  return [...offsets]
    .map((offset) => instant(shown - offset))
    .filter((at) => at + offsetAt(zone, at) === shown)
    .sort((one, other) => one - other);
}

/** The moments of [from, to) at which the zone's clocks are put forward or back. */
export function clockChanges(zone: string, from: Instant, to: Instant): Instant[] {
  const changes: Instant[] = [];
  for (let at: number = from; at < to; at += dayMs) {
    const end = Math.min(at + dayMs, to);
    if (offsetAt(zone, instant(at)) !== offsetAt(zone, instant(end))) changes.push(changeIn(zone, at, end));
  }
  return changes;
}

function changeIn(zone: string, from: number, to: number): Instant {
  const before = offsetAt(zone, instant(from));
  let [low, high] = [Math.floor(from / bucketMs), Math.ceil(to / bucketMs)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsetAt(zone, instant(middle * bucketMs)) === before) low = middle;
    else high = middle;
  }
  return instant(high * bucketMs);
}

/** `days` later in the calendar. */
export function dateAfter(date: string, days: number): string {
  return dateOf(Math.floor(Date.parse(`${date}T00:00:00Z`) / dayMs) + days);
}

function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}
