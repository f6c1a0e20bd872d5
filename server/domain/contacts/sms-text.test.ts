import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromSeptets, toSeptets } from './gsm7.ts';
import { smsParts } from './sms-text.ts';

const alphabet = [
  ...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCÄÖÑÜ§¿abcäöñüà\f^{}\\[~]|€',
];
const gsmText = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 1_000 });
const anyText = fc.string({ unit: 'binary', maxLength: 1_000 });

const sizeOf = (part: string) => [...part].reduce((sum, one) => sum + ('\f^{}\\[~]|€'.includes(one) ? 2 : 1), 0);

test.each([
  ['', 'gsm7', 1],
  ['a'.repeat(160), 'gsm7', 1],
  ['a'.repeat(161), 'gsm7', 2],
  ['a'.repeat(306), 'gsm7', 2],
  ['a'.repeat(307), 'gsm7', 3],
  ['€'.repeat(80), 'gsm7', 1],
  ['€'.repeat(81), 'gsm7', 2],
  ['é'.repeat(160), 'gsm7', 1],
  ['ê'.repeat(70), 'ucs2', 1],
  ['ê'.repeat(71), 'ucs2', 2],
  ['ê'.repeat(134), 'ucs2', 2],
  ['😀'.repeat(35), 'ucs2', 1],
  ['😀'.repeat(66), 'ucs2', 2],
  ['😀'.repeat(67), 'ucs2', 3],
] as const)('%j takes messages as handsets count them', (text, encoding, count) => {
  expect(smsParts(text)).toMatchObject({ encoding, parts: { length: count } });
});

test('a euro sign at the border of two parts goes wholly into the second', () => {
  expect(smsParts(`${'a'.repeat(152)}€${'b'.repeat(20)}`).parts).toEqual(['a'.repeat(152), `€${'b'.repeat(20)}`]);
});

test('an emoji at the border of two parts goes wholly into the second', () => {
  expect(smsParts(`${'ê'.repeat(66)}😀${'ê'.repeat(20)}`).parts).toEqual(['ê'.repeat(66), `😀${'ê'.repeat(20)}`]);
});

test('any text in the alphabet: parts of at most 153 septets that are the text together', () => {
  fc.assert(
    fc.property(gsmText, (text) => {
      const { encoding, parts } = smsParts(text);
      expect(encoding).toBe('gsm7');
      expect(parts.join('')).toBe(text);
      const most = parts.length === 1 ? 160 : 153;
      expect(Math.max(...parts.map(sizeOf))).toBeLessThanOrEqual(most);
      expect(parts.length === 1).toBe(sizeOf(text) <= 160);
      // Not one more than is needed: what begins a part did not fit into the one before.
      for (const [at, part] of parts.entries()) {
        const next = parts[at + 1];
        if (next !== undefined) expect(sizeOf(part) + sizeOf([...next][0]!)).toBeGreaterThan(153);
      }
    }),
  );
});

test('any other text: parts of at most 67 units, each whole Unicode, that are the text together', () => {
  fc.assert(
    fc.property(anyText, (some) => {
      const text = `${some}😀`;
      const { encoding, parts } = smsParts(text);
      expect(encoding).toBe('ucs2');
      expect(parts.join('')).toBe(text);
      const most = parts.length === 1 ? 70 : 67;
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(most);
        expect(part.isWellFormed()).toBe(true);
      }
    }),
  );
});

test('septets are read as they were written, and what no alphabet knows does not fail', () => {
  fc.assert(fc.property(gsmText, (text) => fromSeptets(toSeptets(text)!) === text));
  fc.assert(fc.property(fc.uint8Array(), (octets) => typeof fromSeptets(octets) === 'string'));
  expect(toSeptets('ê')).toBeNull();
  expect(fromSeptets(Uint8Array.of(0x61, 0x1b, 0x62, 0x1b))).toBe('ab ');
});
