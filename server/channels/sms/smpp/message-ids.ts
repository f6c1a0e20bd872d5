// The carrier's ids of messages. Some carriers answer a submit with an id in one base, and write it in the receipt in the
// other: `7b` and `123`, or with zeros in front. Here both become the same.
import { Newest } from '../../../platform/newest.ts';
import type { ReceiptIds } from './settings.ts';

/** So many ids of the newest submits are remembered, to find out a carrier's way. */
const remembered = 10_000;

interface Reading {
  how: Exclude<ReceiptIds, 'auto'>;
  id: string;
}

export class MessageIds {
  readonly #how: ReceiptIds;
  /** Id → the digits of the number it went to. Of `auto` only. */
  readonly #newest = new Newest<string, string>(remembered);
  /** How often only this reading of a receipt's id named a message that we know. */
  readonly #seen = { same: 0, hex: 0, decimal: 0 };

  constructor(how: ReceiptIds) {
    this.#how = how;
  }

  /** The id as receipts will be known by; `id`: as in the answer to the submit. */
  submitted(id: string, destination: string): string {
    if (this.#how === 'same') return id;
    const known = plain(id);
    if (this.#how !== 'auto') return known;
    this.#newest.set(known, destination);
    return known;
  }

  /** `others`: what it may be instead, while it is not known how the carrier writes. `number`: whose receipt it is, digits. */
  ofReceipt(id: string, number: string): { id: string; others: readonly string[] } {
    if (this.#how !== 'auto') return { id: readAs(id, this.#how) ?? plain(id), others: [] };
    const readings = this.#readings(id);
    const known = readings.filter((reading) => this.#newest.get(reading.id) === number);
    if (known.length === 1) this.#seen[known[0]!.how]++;
    const best = known[0] ?? readings[0]!;
    return { id: best.id, others: readings.filter((reading) => reading.id !== best.id).map((reading) => reading.id) };
  }

  /** All that the id can mean, the usual one of this carrier first. */
  #readings(id: string): Reading[] {
    const hows = (['same', 'hex', 'decimal'] as const).toSorted((one, other) => this.#seen[other] - this.#seen[one]);
    const readings: Reading[] = [];
    for (const how of hows) {
      const read = how === 'same' ? plain(id) : readAs(id, how);
      if (read !== null && !readings.some((reading) => reading.id === read)) readings.push({ how, id: read });
    }
    return readings;
  }
}

/** `hex`: it is written in hex, and the answer to the submit was decimal; `decimal`: the other way. Null: it is no such number. */
function readAs(id: string, how: Reading['how']): string | null {
  if (how === 'same') return id;
  if (how === 'hex') return /^[0-9a-f]+$/i.test(id) ? BigInt(`0x${id}`).toString(10) : null;
  return /^\d+$/.test(id) ? BigInt(id).toString(16) : null;
}

/** Without the differences that mean nothing. Ids that are no numbers stay as they are. */
function plain(id: string): string {
  return /^[0-9a-f]+$/i.test(id) ? id.toLowerCase().replace(/^0+(?=.)/, '') : id;
}
