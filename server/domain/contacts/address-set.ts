// Which addresses are there already. A million numbers take 16 MB: eight bytes each in a table that is at most three quarters
// full.
import type { Media } from './events.ts';

/** So many fit into the memory that one import may take. */
export const holdsContacts = 5_000_000;

export interface AddressSet {
  readonly size: number;
  /** False: it was there already. */
  add(address: string): boolean;
}

export function newAddressSet(media: Media): AddressSet {
  return media === 'mail' ? new MailSet() : new NumberSet();
}

class MailSet implements AddressSet {
  readonly #addresses = new Set<string>();

  get size(): number {
    return this.#addresses.size;
  }

  add(address: string): boolean {
    const before = this.#addresses.size;
    return this.#addresses.add(address.toLowerCase()).size > before;
  }
}

/** Open addressing, linear probing. E.164 has at most 15 digits, which a double holds exactly; 0 is an empty place. */
class NumberSet implements AddressSet {
  #places = new Float64Array(1 << 12);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(address: string): boolean {
    const number = Number(address.slice(1));
    if (!insert(this.#places, number)) return false;
    this.#size++;
    if (this.#size * 4 > this.#places.length * 3) this.#grow();
    return true;
  }

  #grow(): void {
    const larger = new Float64Array(this.#places.length * 2);
    for (const number of this.#places) if (number !== 0) insert(larger, number);
    this.#places = larger;
  }
}

function insert(places: Float64Array, number: number): boolean {
  const mask = places.length - 1;
  // Both halves of the number, mixed (Knuth's multiplicative hashing): numbers of a file follow each other.
  let at = (Math.imul(number >>> 0, 0x9e37_79b1) ^ Math.imul((number / 0x1_0000_0000) >>> 0, 0x85eb_ca6b)) >>> 0;
  at = (at ^ (at >>> 15)) & mask;
  for (let found = places[at]!; found !== 0; found = places[at]!) {
    if (found === number) return false;
    at = (at + 1) & mask;
  }
  places[at] = number;
  return true;
}
