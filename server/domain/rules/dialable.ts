// The one gate for a number that leaves by a trunk, whoever asks: an agent, a campaign, a forward, a transfer, an IVR.
// What it refuses costs the space more than a call should: numbers outside its prefixes, and the kinds by which
// hijacked accounts are emptied.
import {
  type CountryCode,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { dialledDigits } from '../campaigns/numbers.ts';
import { plainNumber } from './plain-numbers.ts';

export type NumberRefusal =
  | 'too_long'
  | 'not_a_number'
  | 'prefix_not_allowed'
  | 'premium'
  | 'satellite'
  | 'shared_cost';

/** `number`: what the trunk dials. */
export type MayDial = { ok: true; number: string } | { ok: false; why: NumberRefusal };

export interface DiallingSpace {
  /** ISO 3166-1 alpha-2; numbers without a country code belong to it. */
  country: string;
  /** E.164 prefixes, with or without plus. Empty: the own country's numbers only. */
  allowedPrefixes: readonly string[];
}

/** ITU-T E.164: at most 15 digits, country code included. */
const mostDigits = 15;
/** No number with its country code is shorter. */
const fewestDigits = 7;

/**
 * `number` as it was dialled: international with + or 00, or as the space's country writes it; blanks and `().-/` do
 * not count. A sandbox trunk takes any digits, as they are; another one dials E.164 without plus.
 */
export function mayDial(number: string, space: DiallingSpace, trunk: { sandbox: boolean }): MayDial {
  const written = number.replace(/[\s().\-/]/g, '');
  if (!/^\+?\d{3,}$/.test(written)) return refused('not_a_number');
  const digits = written.replace(/^(\+|00)/, '');
  if (digits.length > mostDigits) return refused('too_long');
  if (trunk.sandbox) return { ok: true, number: written.replace(/^\+/, '') };
  const international = digits.length < written.length ? digits : dialledDigits(written, space.country);
  const kind = international === null ? null : worldwideKind(international);
  if (kind !== null) return refused(kind);
  const plain = international === null ? undefined : plainNumber(international);
  if (plain) {
    const costly = kindOf(plain.type);
    if (costly !== null) return refused(costly);
    return isAllowed(international!, plain.country, space)
      ? { ok: true, number: international! }
      : refused('prefix_not_allowed');
  }
  const parsed = international === null ? undefined : parsePhoneNumberFromString(`+${international}`);
  if (!parsed?.isPossible()) return refused('not_a_number');
  const costly = costlyKind(parsed);
  if (costly !== null) return refused(costly);
  const dialled = parsed.number.slice(1);
  return isAllowed(dialled, parsed.country, space) ? { ok: true, number: dialled } : refused('prefix_not_allowed');
}

function refused(why: NumberRefusal): MayDial {
  return { ok: false, why };
}

/** ITU-T E.164, list of assigned codes: what belongs to no country. Inmarsat has 870 and had 871 to 874; the networks
 *  of 882 and 883 are billed like those of 881, whatever carries them. */
function worldwideKind(international: string): NumberRefusal | null {
  if (/^(87[0-4]|88[123])/.test(international)) return 'satellite';
  if (international.startsWith('979')) return 'premium';
  return international.startsWith('808') ? 'shared_cost' : null;
}

/** Digits beyond a number's end are passed over by the network, so a number of no known kind is as costly as the
 *  costliest that it begins with. */
function costlyKind(number: PhoneNumber): NumberRefusal | null {
  const type = number.getType();
  if (type !== undefined) return kindOf(type);
  for (let end = number.number.length - 1; end > fewestDigits; end--) {
    const kind = kindOf(parsePhoneNumberFromString(number.number.slice(0, end))?.getType());
    if (kind !== null) return kind;
  }
  return null;
}

function kindOf(type: ReturnType<PhoneNumber['getType']>): NumberRefusal | null {
  if (type === 'PREMIUM_RATE') return 'premium';
  return type === 'SHARED_COST' ? 'shared_cost' : null;
}

function isAllowed(
  digits: string,
  itsCountry: CountryCode | undefined,
  { country, allowedPrefixes }: DiallingSpace,
): boolean {
  if (allowedPrefixes.length > 0) {
    return allowedPrefixes.some((prefix) => digits.startsWith(prefix.replace(/^\+/, '')));
  }
  // +1 is Jamaica's as well, +44 Jersey's: a country code alone does not say that a number is the own country's.
  if (itsCountry !== undefined) return itsCountry === country;
  return digits.startsWith(getCountryCallingCode(country as CountryCode));
}
