// Where a number may be: its country, and that country's time zones or, in a country with several, those of its area
// code. Calling hours then are those at which it is open in each. A mobile number says no more than its prefix does.
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { prefixesOfZones } from './number-zones.gen.ts';

const zonesOfCountry = new Map<string, readonly string[]>();
const countriesOfCode = new Map<string, readonly string[]>();
for (const country of getCountries()) {
  const code = getCountryCallingCode(country) as string;
  countriesOfCode.set(code, [...(countriesOfCode.get(code) ?? []), country]);
}

const zonesOfPrefix = new Map<string, readonly string[]>();
for (const [zones, prefixes] of Object.entries(prefixesOfZones)) {
  const shared = zones.split('&');
  for (const prefix of prefixes.split(' ')) zonesOfPrefix.set(prefix, shared);
}
const longestPrefix = Math.max(...[...zonesOfPrefix.keys()].map((prefix) => prefix.length));

/** `number`: E.164 digits without plus. Empty: of no country (a satellite). */
export function zonesOfNumber(number: string): readonly string[] {
  const code = callingCodeOf(number);
  if (code === undefined) return [];
  for (let end = Math.min(longestPrefix, number.length); end > code.length; end--) {
    const zones = zonesOfPrefix.get(number.slice(0, end));
    if (zones) return zones;
  }
  const countries = countriesOfNumber(number);
  return countries.length === 1 ? zonesOf(countries[0]!) : [...new Set(countries.flatMap(zonesOf))];
}

/** ISO 3166-1 alpha-2: one, or all that share its country code where the number does not say which. */
export function countriesOfNumber(number: string): readonly string[] {
  const code = callingCodeOf(number);
  const countries = code === undefined ? [] : countriesOfCode.get(code)!;
  if (countries.length < 2) return countries; // Most numbers: no need to look further, and a broadcast has a million.
  const country: CountryCode | undefined = parsePhoneNumberFromString(`+${number}`)?.country;
  return country === undefined ? countries : [country];
}

/** undefined: no country has it. No calling code begins another one (ITU-T E.164). */
export function callingCodeOf(number: string): string | undefined {
  return [1, 2, 3].map((end) => number.slice(0, end)).find((code) => countriesOfCode.has(code));
}

function zonesOf(country: string): readonly string[] {
  const known = zonesOfCountry.get(country);
  if (known) return known;
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?(): string[] | undefined };
  const zones = locale.getTimeZones?.() ?? [];
  zonesOfCountry.set(country, zones);
  return zones;
}
