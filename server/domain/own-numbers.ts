// The numbers that a space may show outside: its DIDs, its projects' presentation numbers, its users' outbound numbers.
import type { Directory } from './directory.ts';
import { internationalDigits } from './targets.ts';

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
