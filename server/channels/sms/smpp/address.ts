// Numbers and names as SMPP addresses: type of number and numbering plan, SMPP 3.4 §5.2.5 and §5.2.6.
import { type Address, noAddress } from './pdu.ts';
import type { SmppSettings } from './settings.ts';

type Overrides = Pick<SmppSettings, 'sourceTon' | 'sourceNpi' | 'destTon' | 'destNpi'>;

const ton = { unknown: 0, international: 1, networkSpecific: 3, alphanumeric: 5 } as const;
const npi = { unknown: 0, e164: 1 } as const;

/** Longer digits without a plus are no short code. */
const longestShortCode = 8;
/** A number of unknown type that is as long as this, and does not begin with 0, is taken for an international one. */
const shortestInternational = 10;

/** `from`: E.164 with plus, a short code, or a name; null: the carrier's own. Null: no SMPP address holds it. */
export function sourceAddress(from: string | null, { sourceTon, sourceNpi }: Overrides): Address | null {
  if (from === null) return noAddress;
  if (!/^[\x20-\x7e\xa0-\xff]{1,20}$/.test(from)) return null;
  const address = derived(from);
  return { ton: sourceTon ?? address.ton, npi: sourceNpi ?? address.npi, digits: address.digits };
}

function derived(from: string): Address {
  if (/^\+\d+$/.test(from)) return { ton: ton.international, npi: npi.e164, digits: from.slice(1) };
  if (!/^\d+$/.test(from)) return { ton: ton.alphanumeric, npi: npi.unknown, digits: from };
  if (from.length <= longestShortCode) return { ton: ton.networkSpecific, npi: npi.unknown, digits: from };
  return { ton: ton.unknown, npi: npi.e164, digits: from };
}

/** `to`: E.164 with plus. Null: no SMPP address holds it. */
export function destinationAddress(to: string, { destTon, destNpi }: Overrides): Address | null {
  if (!/^\+?\d{1,20}$/.test(to)) return null;
  return { ton: destTon ?? ton.international, npi: destNpi ?? npi.e164, digits: to.replace('+', '') };
}

/** As the rest of the server writes it: E.164 with plus, a short code, a name. */
export function nameOfAddress({ ton: type, digits }: Address): string {
  if (!/^\d+$/.test(digits)) return digits;
  if (type === ton.international) return `+${digits}`;
  const looksInternational = digits.length >= shortestInternational && !digits.startsWith('0');
  return type === ton.unknown && looksInternational ? `+${digits}` : digits;
}
