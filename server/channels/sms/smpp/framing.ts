// A stream of octets, cut where PDUs end. A length that no PDU has means that the stream is out of step: nothing after it
// can be understood.
import { headerLength, mostOctets, PduError } from './pdu.ts';
import { statuses } from './status.ts';

export class Framing {
  /** What has come of a PDU that is not whole yet. */
  #rest: Buffer[] = [];
  #restLength = 0;
  /** Octets that the PDU in #rest needs; 0: not even its length has come. */
  #needed = 0;

  /** Calls `whole` with each PDU that has come. Throws PduError for an impossible length; the stream is of no use then. */
  push(chunk: Buffer, whole: (pdu: Buffer) => void): void {
    const octets = this.#joined(chunk);
    if (octets === null) return;
    let at = 0;
    while (octets.length - at >= 4) {
      const length = octets.readUInt32BE(at);
      if (length < headerLength || length > mostOctets) throw outOfStep(length);
      if (octets.length - at < length) {
        this.#needed = length;
        break;
      }
      whole(octets.subarray(at, at + length));
      at += length;
    }
    if (at < octets.length) this.#keep(octets.subarray(at));
  }

  /** Null: still not enough. Joined once a PDU, however many chunks it comes in. */
  #joined(chunk: Buffer): Buffer | null {
    if (this.#restLength === 0) return chunk;
    this.#keep(chunk);
    if (this.#restLength < Math.max(this.#needed, 4)) return null;
    const octets = Buffer.concat(this.#rest, this.#restLength);
    this.#rest = [];
    this.#restLength = 0;
    this.#needed = 0;
    return octets;
  }

  #keep(octets: Buffer): void {
    this.#rest.push(octets);
    this.#restLength += octets.length;
  }
}

function outOfStep(length: number): PduError {
  return new PduError(`No PDU has ${length} octets.`, {
    status: statuses.ESME_RINVCMDLEN,
    sequence: null,
    commandId: null,
  });
}
