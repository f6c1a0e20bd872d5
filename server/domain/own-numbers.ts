// The numbers that a space may show outside: its DIDs, its projects' presentation numbers, its users' outbound numbers.
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Directory } from './directory.ts';

/** However it is written. */
export function isOwnNumber(directory: Directory, number: string): boolean {
  const { country } = directory.space;
  const wanted = internationalDigits(number, country);
  for (const own of ownNumbers(directory)) if (internationalDigits(own, country) === wanted) return true;
  return false;
}

function* ownNumbers({ trunks, users, presentationNumbers }: Directory): Generator<string> {
  for (const { dids } of trunks.values()) for (const { number } of dids) yield number;
  yield* presentationNumbers;
  for (const { outboundNumber } of users.values()) if (outboundNumber !== null) yield outboundNumber;
}

/** E.164 digits without plus; a number that no country knows stays as it was dialled. */
function internationalDigits(dialled: string, country: string): string {
  const normal = dialled.startsWith('00') ? `+${dialled.slice(2)}` : dialled;
  const parsed = parsePhoneNumberFromString(normal, country as CountryCode);
  return (parsed?.isPossible() ? parsed.number : normal).replace(/^\+/, '');
}
