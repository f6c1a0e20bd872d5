// Which country a time zone lies in: the platform's own CLDR data, asked the other way round.
import { getCountries, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';

const countryOfZone = new Map<string, string>();
for (const country of getCountries()) {
  for (const zone of zonesOf(country)) countryOfZone.set(zone, country);
}

/** ISO 3166-1 alpha-2; undefined for a zone of no country, such as UTC. Takes old zone names as well (Asia/Calcutta). */
export function countryOf(timeZone: string): string | undefined {
  return countryOfZone.get(canonical(timeZone));
}

/** Digits without plus; undefined: not a country that has telephone numbers. */
export function callingCodeOf(country: string): string | undefined {
  return isSupportedCountry(country) ? getCountryCallingCode(country) : undefined;
}

function zonesOf(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?(): string[] | undefined };
  return (locale.getTimeZones?.() ?? []).map(canonical);
}

function canonical(zone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
}
