// Whom a contact sees as the sender of an SMS: a number, a short code or a name; null where nobody is named.
import { addressOf } from './address.ts';

/** E.164 has 15 digits at most; short codes have 3 at least. */
const number = /^\+?\d{3,15}$/;
/** 3GPP TS 23.040 §9.1.2.5 has room for 11 characters; of those, what SMPP carries in an address. */
const name = /^(?=.*\p{L})[\x20-\x7e\xa0-\xff]{1,11}$/u;

/** Why no carrier can take it; null: it is one. */
export function senderRefusal(from: string): string | null {
  if (number.test(from) || name.test(from)) return null;
  return 'must be a number, a short code, or a name of 11 characters at most';
}

/**
 * The country to which carriers let no automated message leave under this sender; null: none that is known. France: its
 * numbering plan keeps 06 and 07 for people. `country`: whose numbers are written without its code.
 */
export function refusedTo(from: string, country: string): string | null {
  return /^\+33[67]/.test(addressOf(from, 'sms', country) ?? '') ? 'FR' : null;
}
