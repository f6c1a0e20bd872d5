// The alphabet of text messages, 3GPP TS 23.038 (GSM 03.38) §6.2.1: 128 septets, and an extension table behind ESC.

/** An ESC in front of a septet takes it from the extension table. */
const escape = 0x1b;

// Index = septet. ESC itself stands for no character.
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà';

const extension: readonly (readonly [septet: number, character: string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
];

const none = 0xff;
const extended = 0x80;

/** By UTF-16 unit: the septet, with `extended` added when an ESC goes before it, or `none`. */
const septetByUnit = (() => {
  const table = new Uint8Array(0x20ad).fill(none);
  for (const [septet, character] of [...basic].entries()) {
    if (septet !== escape) table[character.charCodeAt(0)] = septet;
  }
  for (const [septet, character] of extension) table[character.charCodeAt(0)] = extended | septet;
  return table;
})();

const extensionBySeptet = new Map(extension);

/** How many septets the UTF-16 unit takes: 1, 2 with its ESC, 0 if the alphabet has no such character. */
export function septetsOfUnit(unit: number): 0 | 1 | 2 {
  const septet = septetByUnit[unit] ?? none;
  if (septet === none) return 0;
  return septet >= extended ? 2 : 1;
}

/** One septet an octet, unpacked, as SMPP carries them. Null: the text has a character outside the alphabet. */
export function toSeptets(text: string): Uint8Array | null {
  const octets = new Uint8Array(text.length * 2);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const septet = septetByUnit[text.charCodeAt(at)] ?? none;
    if (septet === none) return null;
    if (septet >= extended) octets[length++] = escape;
    octets[length++] = septet & 0x7f;
  }
  return octets.subarray(0, length);
}

/**
 * The text of unpacked septets. Never fails: an unknown extension is shown as the basic character, as the standard asks;
 * an ESC at the end as a space; octets above 0x7f as U+FFFD.
 */
export function fromSeptets(octets: Uint8Array): string {
  let text = '';
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (octet !== escape) {
      text += basic[octet] ?? '\ufffd';
      continue;
    }
    const next = octets[++at];
    text += next === undefined || next === escape ? ' ' : (extensionBySeptet.get(next) ?? basic[next] ?? '\ufffd');
  }
  return text;
}
