// An address as it is written becomes the one that is sent to.
import { isPossiblePhoneNumber } from 'libphonenumber-js/min';
import { dialledDigits } from '../campaigns/numbers.ts';
import { callingCodeOf } from '../campaigns/zones.ts';
import type { Media } from './events.ts';

/** RFC 5321 limits, and what mail servers take in practice: no quoted local parts, no address literals. */
const mail = /^(?=.{3,254}$)(?=[^@]{1,64}@)[^\s@"(),:;<>[\\\]\p{Cc}]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u;

/** E.164 with plus, or for mail the address; null: it is none. `country`: whose numbers are written without its code. */
export function addressOf(written: string, media: Media, country: string): string | null {
  if (media === 'mail') return mail.test(written.trim()) ? written.trim() : null;
  const digits = dialledDigits(written, country);
  return digits !== null && hasPossibleLength(digits) ? `+${digits}` : null;
}

/** By country code and length, which is all that decides: a million numbers have a handful of them. */
const possible = new Map<string, boolean>();

function hasPossibleLength(digits: string): boolean {
  const key = `${callingCodeOf(digits) ?? ''} ${digits.length}`;
  const known = possible.get(key);
  if (known !== undefined) return known;
  const found = isPossiblePhoneNumber(`+${digits}`);
  possible.set(key, found);
  return found;
}
