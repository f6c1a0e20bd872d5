// Moments by the clock of a space, with the name that its zone has for that time of the year. `Intl` knows the offsets,
// but has no names for most zones, or others than tzdata; those come from a table made of tzdata.
import type { Instant } from '../../domain/ids.ts';
import { Newest } from '../../platform/newest.ts';
import { zonesByAbbreviations } from './zone-abbreviations.gen.ts';

/**
 * `YYYY-MM-DD HH:mm:ss ZONE`, such as `2018-10-19 11:48:38 CEST`; as tzdata does, `+03` where a zone has no name. Throws a
 * RangeError for what is no time zone.
 */
export function localDate(at: Instant, timeZone: string): string {
  const zone = zoneOf(timeZone);
  const second = Math.floor(at / 1_000);
  const known = zone.dates.get(second) ?? dateIn(zone, at);
  zone.dates.set(second, known);
  return known;
}

function dateIn(zone: Zone, at: Instant): string {
  const offsetMin = offsetAt(zone, at);
  const clock = new Date(at + offsetMin * MINUTE_MS).toISOString();
  return `${clock.slice(0, 10)} ${clock.slice(11, 19)} ${abbreviationAt(zone, at, offsetMin)}`;
}

interface Zone {
  clock: Intl.DateTimeFormat;
  parts: readonly AbbreviationPart[];
  /** Offset in minutes of each quarter of an hour that was asked for. */
  offsets: Map<number, number>;
  /** By epoch second: hundreds of messages share one. */
  dates: Newest<number, string>;
}

/** What a zone is called since then, by offset in minutes. */
interface AbbreviationPart {
  /** Epoch ms. */
  from: number;
  names: ReadonlyMap<number, string>;
}

const MINUTE_MS = 60_000;
/** Zones change their offset at whole quarters of an hour only: those of the table, in the years that it covers. */
const QUARTER_MS = 15 * MINUTE_MS;
/** A year of receipts, each from another quarter, would be 35,000. */
const MOST_OFFSETS = 2_000;

const zones = new Map<string, Zone>();
const ruleOfZone = new Map(
  Object.entries(zonesByAbbreviations).flatMap(([rule, names]) =>
    names.split(' ').map((name) => [name.toLowerCase(), rule] as const),
  ),
);

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const rule = ruleOfZone.get(timeZone.toLowerCase()) ?? '';
  const zone = {
    clock,
    parts: rule.split('|').map(abbreviationPart),
    offsets: new Map(),
    dates: new Newest<number, string>(500),
  };
  zones.set(timeZone, zone);
  return zone;
}

/** `[epoch seconds] offset name offset name …`; only the first part has no beginning. */
function abbreviationPart(text: string, index: number): AbbreviationPart {
  const words = text.split(' ').filter((word) => word !== '');
  const from = index === 0 ? Number.NEGATIVE_INFINITY : Number(words.shift()) * 1_000;
  const names = new Map<number, string>();
  for (let i = 0; i + 1 < words.length; i += 2) names.set(Number(words[i]), words[i + 1]!);
  return { from, names };
}

function offsetAt({ clock, offsets }: Zone, at: Instant): number {
  const quarter = Math.floor(at / QUARTER_MS);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const shown = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = shown as Record<Intl.DateTimeFormatPartTypes, number>;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const offsetMin = Math.round((local - Math.floor(at / 1_000) * 1_000) / MINUTE_MS);
  if (offsets.size >= MOST_OFFSETS) offsets.clear();
  offsets.set(quarter, offsetMin);
  return offsetMin;
}

function abbreviationAt({ parts }: Zone, at: Instant, offsetMin: number): string {
  const part = parts.findLast(({ from }) => from <= at);
  return part?.names.get(offsetMin) ?? numeric(offsetMin);
}

function numeric(offsetMin: number): string {
  const minutes = Math.abs(offsetMin);
  const [hh, mm] = [Math.trunc(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${offsetMin < 0 ? '-' : '+'}${hh}${mm === '00' ? '' : mm}`;
}
