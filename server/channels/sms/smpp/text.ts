// Texts as the octets of a short message and back: data_coding, SMPP 3.4 §5.2.19, and the forms of 3GPP TS 23.038 §4.
import { fromSeptets, toSeptets } from '../../../domain/contacts/gsm7.ts';
import { smsParts, ucs2Parts } from '../../../domain/contacts/sms-text.ts';
import type { Alphabet } from './settings.ts';

const dataCodings = { default: 0, latin1: 3, ucs2: 8 } as const;

export interface EncodedText {
  dataCoding: number;
  /** The octets of each part, without any header. */
  parts: readonly Uint8Array[];
}

/** Cut into parts that handsets put together. */
export function encodeParts(text: string, alphabet: Alphabet): EncodedText {
  const { encoding, parts } = smsParts(text);
  if (encoding === 'ucs2' || (alphabet === 'latin1' && !isLatin1(text)))
    return { dataCoding: dataCodings.ucs2, parts: ucs2Parts(text).map(ucs2Octets) };
  return { dataCoding: dataCodings.default, parts: parts.map((part) => defaultOctets(part, alphabet)) };
}

/** In one piece, however long. */
export function encodeWhole(text: string, alphabet: Alphabet): { dataCoding: number; octets: Uint8Array } {
  const { encoding } = smsParts(text);
  if (encoding === 'ucs2' || (alphabet === 'latin1' && !isLatin1(text)))
    return { dataCoding: dataCodings.ucs2, octets: ucs2Octets(text) };
  return { dataCoding: dataCodings.default, octets: defaultOctets(text, alphabet) };
}

/** Every text that reaches here is in the alphabet of GSM 03.38. */
function defaultOctets(text: string, alphabet: Alphabet): Uint8Array {
  return alphabet === 'latin1' ? Buffer.from(text, 'latin1') : toSeptets(text)!;
}

function isLatin1(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- Latin-1 begins with them
  return /^[\x00-\xff]*$/.test(text);
}

function ucs2Octets(text: string): Uint8Array {
  return Buffer.from(text, 'utf16le').swap16();
}

const decoders = {
  ucs2: new TextDecoder('utf-16be', { ignoreBOM: true }),
  cyrillic: new TextDecoder('iso-8859-5'),
  hebrew: new TextDecoder('iso-8859-8'),
  japanese: new TextDecoder('shift_jis'),
};

/** Never fails: what cannot be read is U+FFFD; octets of unknown meaning are read as Latin-1. */
export function decodeText(octets: Uint8Array, dataCoding: number, alphabet: Alphabet): string {
  switch (dataCoding) {
    case dataCodings.default:
      return alphabet === 'latin1' ? latin1Text(octets) : fromSeptets(octets);
    case dataCodings.ucs2:
      return decoders.ucs2.decode(octets);
    case 5:
      return decoders.japanese.decode(octets);
    case 6:
      return decoders.cyrillic.decode(octets);
    case 7:
      return decoders.hebrew.decode(octets);
  }
  if (dataCoding >= 0xf0) return dataCoding & 0x04 ? latin1Text(octets) : fromSeptets(octets);
  if (dataCoding < 0x10 || dataCoding >= 0x40) return latin1Text(octets);
  // TS 23.038 general data coding: bits 3 and 2 name the alphabet.
  const kind = (dataCoding >> 2) & 0x03;
  if (kind === 2) return decoders.ucs2.decode(octets);
  return kind === 0 ? fromSeptets(octets) : latin1Text(octets);
}

function latin1Text(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}
