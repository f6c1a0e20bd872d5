// A contact's number as it is dialled: E.164 digits without plus.
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';

const callingCodes: ReadonlySet<string> = new Set(
  getCountries().map((country) => getCountryCallingCode(country) as string),
);
/** ITU-T E.164: at most 15 digits, country code included. */
const e164 = /^\+[1-9]\d{7,14}$/;

/** null: that is no number. `country`: whose numbers are written without a country code. */
export function dialledDigits(written: string, country: string): string | null {
  // An import has a million of them, most of them written like this.
  if (e164.test(written) && hasCallingCode(written)) return written.slice(1);
  const plain = written.replace(/[\s().\-/]/g, '').replace(/^00/, '+');
  if (!/^\+?\d{3,20}$/.test(plain)) return null;
  if (e164.test(plain)) return hasCallingCode(plain) ? plain.slice(1) : null;
  if (plain.startsWith('+')) return null;
  const national = parsePhoneNumberFromString(plain, country as CountryCode);
  if (national?.isPossible()) return national.number.slice(1);
  const withPlus = `+${plain}`;
  return e164.test(withPlus) && parsePhoneNumberFromString(withPlus)?.isPossible() ? plain : null;
}

function hasCallingCode(number: string): boolean {
  return [2, 3, 4].some((end) => callingCodes.has(number.slice(1, end)));
}
