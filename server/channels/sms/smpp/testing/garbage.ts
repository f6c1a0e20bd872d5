// Octets that are nearly PDUs: what a faulty or hostile carrier may send. For the fuzz of the tests and the soak.
import { decodePdu } from '../decode.ts';
import { encodePdu } from '../encode.ts';
import { Framing } from '../framing.ts';
import { commandIds, headerLength, type Pdu, PduError } from '../pdu.ts';

const ids = Object.values(commandIds);

/** `random`: below 1, as Math.random. */
export function someGarbage(seed: Pdu, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const octets = encodePdu(seed);
  switch (below(5)) {
    case 0: {
      for (let times = below(8); times >= 0; times--) octets[below(octets.length)] = below(256);
      return octets;
    }
    case 1: {
      const cut = octets.subarray(0, headerLength + below(octets.length - headerLength + 1));
      cut.writeUInt32BE(cut.length, 0);
      return cut;
    }
    case 2: {
      octets.writeUInt32BE(ids[below(ids.length)]!, 4);
      return octets;
    }
    case 3: {
      const longer = Buffer.concat([octets, Buffer.from(Array.from({ length: 1 + below(20) }, () => below(256)))]);
      longer.writeUInt32BE(longer.length, 0);
      return longer;
    }
    default:
      return Buffer.from(Array.from({ length: below(300) }, () => below(256)));
  }
}

/** Null: it was taken as a PDU, or refused as it should be. Else what is wrong. */
export function wrongWith(octets: Buffer): string | null {
  try {
    const pdu = decodePdu(octets);
    const again = decodePdu(encodePdu(pdu));
    return again.command === pdu.command && again.sequence === pdu.sequence ? null : 'It was read as another PDU.';
  } catch (error) {
    return error instanceof PduError ? null : `It threw ${String(error)}.`;
  }
}

/** The same for a stream that comes in pieces; at most the rest that cannot be understood is kept. */
export function wrongWithStream(octets: Buffer, random: () => number): string | null {
  const framing = new Framing();
  let at = 0;
  try {
    while (at < octets.length) {
      const length = 1 + Math.floor(random() * 64);
      let problem: string | null = null;
      framing.push(octets.subarray(at, at + length), (pdu) => (problem ??= wrongWith(pdu)));
      if (problem !== null) return problem;
      at += length;
    }
    return null;
  } catch (error) {
    return error instanceof PduError ? null : `It threw ${String(error)}.`;
  }
}
