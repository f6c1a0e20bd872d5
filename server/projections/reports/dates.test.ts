// Dates of reports against the system's own tzdata, read by zdump.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { instant } from '../../domain/ids.ts';
import { localDate } from './dates.ts';
import { tzdataVersion } from './zone-abbreviations.gen.ts';

const at = (iso: string) => instant(Date.parse(iso));

test.each([
  ['2018-10-19T09:48:38Z', 'Europe/Paris', '2018-10-19 11:48:38 CEST'],
  ['2026-10-25T00:59:59Z', 'Europe/Paris', '2026-10-25 02:59:59 CEST'],
  ['2026-10-25T01:00:00Z', 'Europe/Paris', '2026-10-25 02:00:00 CET'],
  ['2026-03-29T00:59:59.999Z', 'Europe/Paris', '2026-03-29 01:59:59 CET'],
  ['2026-03-29T01:00:00Z', 'Europe/Paris', '2026-03-29 03:00:00 CEST'],
  ['2026-01-05T09:00:00Z', 'Europe/Istanbul', '2026-01-05 12:00:00 +03'],
  ['2026-01-05T09:00:00Z', 'Asia/Kathmandu', '2026-01-05 14:45:00 +0545'],
  ['2026-01-05T09:00:00Z', 'Asia/Kolkata', '2026-01-05 14:30:00 IST'],
  ['2026-01-05T02:00:00Z', 'America/Sao_Paulo', '2026-01-04 23:00:00 -03'],
  ['2026-01-05T09:00:00Z', 'UTC', '2026-01-05 09:00:00 UTC'],
  ['2026-01-05T09:00:00Z', 'europe/paris', '2026-01-05 10:00:00 CET'],
])('%s in %s is %s', (moment, zone, shown) => {
  expect(localDate(at(moment), zone)).toBe(shown);
});

test.each([
  // Chihuahua stayed at UTC-6 when it left summer time, and calls it standard time since.
  ['America/Chihuahua', '2022-07-01T12:00:00Z', 'MDT', '2023-07-01T12:00:00Z', 'CST'],
  // Jordan kept its summer's hour, and has no name for it.
  ['Asia/Amman', '2022-07-01T12:00:00Z', 'EEST', '2023-07-01T12:00:00Z', '+03'],
  // Yukon likewise, as the mountains' standard time.
  ['America/Whitehorse', '2020-07-01T12:00:00Z', 'PDT', '2021-07-01T12:00:00Z', 'MST'],
])('%s: the same hour has had two names', (zone, before, nameThen, later, nameNow) => {
  expect(localDate(at(before), zone).split(' ')[2]).toBe(nameThen);
  expect(localDate(at(later), zone).split(' ')[2]).toBe(nameNow);
});

describe('every zone of the system', () => {
  const folder = '/usr/share/zoneinfo';
  const source = readFileSync(`${folder}/tzdata.zi`, 'utf8');
  const systemYear = Number(/^# version (\d{4})/.exec(source)![1]);
  // What one database says of the years after the other's release is a guess that was right or wrong.
  const lastYear = Math.min(systemYear, Number(tzdataVersion.slice(0, 4))) - 1;
  const zones = [...source.matchAll(/^(?:Z|L \S+) (\S+)/gm)]
    .map((match) => match[1]!)
    .filter((zone) => zone !== 'Factory' && existsSync(`${folder}/${zone}`));

  test('there are all of them, and some years to compare', () => {
    expect(zones.length).toBeGreaterThan(550);
    expect(lastYear).toBeGreaterThanOrEqual(2023);
  });

  /**
   * Since the release that the system may still have: Moldova changes with the European Union, Casey's last changes were at
   * other hours, and MET is another name for Brussels.
   */
  const corrected = ['Europe/Chisinau', 'Europe/Tiraspol', 'Antarctica/Casey', 'MET'];

  test('before and after each of its changes since 2018, and in the middle of each winter and summer', async () => {
    const told = [
      ...(await changes(
        zones.filter((zone) => !corrected.includes(zone)),
        lastYear,
      )),
      ...(await seasons(
        zones.filter((zone) => !corrected.includes(zone)),
        lastYear,
      )),
    ];
    const differences = told.flatMap(({ zone, moment, shown }) => {
      const ours = localDate(instant(moment), zone);
      return ours === shown ? [] : [`${zone} ${new Date(moment).toISOString()}: ${shown}, not ${ours}`];
    });
    expect(differences).toEqual([]);
    expect(told.length).toBeGreaterThan(10_000);
  }, 60_000);
});

interface Shown {
  zone: string;
  /** Epoch ms. */
  moment: number;
  shown: string;
}

const run = async (program: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Lines such as `Europe/Paris  Sun Mar 27 00:59:59 2022 UT = Sun Mar 27 01:59:59 2022 CET isdst=0 gmtoff=3600`. */
async function changes(zones: readonly string[], lastYear: number): Promise<Shown[]> {
  const lines = await run('zdump', ['-v', '-c', `2018,${lastYear + 1}`, ...zones]);
  const moment = String.raw`\w{3} (\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\d{4})`;
  return [...lines.matchAll(new RegExp(`^(\\S+) +${moment} UTC? = ${moment} (\\S+) isdst`, 'gm'))].map((match) => {
    const date = (first: number) =>
      `${match[first + 3]}-${two(months.indexOf(match[first]!) + 1)}-${two(match[first + 1]!)} ${match[first + 2]}`;
    return { zone: match[1]!, moment: Date.parse(`${date(2).replace(' ', 'T')}Z`), shown: `${date(6)} ${match[10]}` };
  });
}

/** By Python, which reads the system's tzdata. */
async function seasons(zones: readonly string[], lastYear: number): Promise<Shown[]> {
  const program = `
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo
for zone in sys.argv[2:]:
  for year in range(2018, int(sys.argv[1]) + 1):
    for month in (1, 7):
      at = datetime(year, month, 5, 12, tzinfo=timezone.utc)
      print(zone, int(at.timestamp()), at.astimezone(ZoneInfo(zone)).strftime('%Y-%m-%d %H:%M:%S %Z'))`;
  const lines = await run('python3', ['-c', program, String(lastYear), ...zones]);
  return [...lines.matchAll(/^(\S+) (\d+) (.+)$/gm)].map(([, zone, seconds, shown]) => ({
    ...{ zone: zone!, moment: Number(seconds) * 1_000, shown: shown! },
  }));
}

function two(value: number | string): string {
  return String(value).padStart(2, '0');
}
