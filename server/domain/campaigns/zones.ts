// Where a number may be: the time zones of its country. Area codes are not looked at, so a country with several zones is
// all of them; calling hours then are those at which it is open in each.
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';

const zonesOfCountry = new Map<string, readonly string[]>();
const countriesOfCode = new Map<string, CountryCode[]>();
for (const country of getCountries()) {
  const code = getCountryCallingCode(country) as string;
  countriesOfCode.set(code, [...(countriesOfCode.get(code) ?? []), country]);
}

/** `number`: E.164 digits without plus. Empty: of no country (a satellite). */
export function zonesOfNumber(number: string): readonly string[] {
  const parsed = parsePhoneNumberFromString(`+${number}`);
  if (!parsed) return [];
  const countries = parsed.country
    ? [parsed.country]
    : (countriesOfCode.get(parsed.countryCallingCode as string) ?? []);
  return [...new Set(countries.flatMap(zonesOf))];
}

function zonesOf(country: string): readonly string[] {
  const known = zonesOfCountry.get(country);
  if (known) return known;
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?(): string[] | undefined };
  const zones = locale.getTimeZones?.() ?? [];
  zonesOfCountry.set(country, zones);
  return zones;
}
