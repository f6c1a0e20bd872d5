// Where a contact is, as far as his address tells.
import { countriesOfNumber, zonesOfNumber } from '../campaigns/zones.ts';

export interface Place {
  /** ISO 3166-1 alpha-2; null: the number does not say, or it is none. */
  country: string | null;
  /** null: it may be in several, or nobody knows. */
  timeZone: string | null;
  /** All in which it may be; empty: nobody knows. */
  zones: readonly string[];
}

const nowhere: Place = { country: null, timeZone: null, zones: [] };

/** `address`: E.164 with plus; a mail address is nowhere. */
export function placeOf(address: string): Place {
  if (!/^\+\d+$/.test(address)) return nowhere;
  const number = address.slice(1);
  const countries = countriesOfNumber(number);
  const zones = zonesOfNumber(number);
  return {
    country: countries.length === 1 ? countries[0]! : null,
    timeZone: zones.length === 1 ? zones[0]! : null,
    zones,
  };
}
