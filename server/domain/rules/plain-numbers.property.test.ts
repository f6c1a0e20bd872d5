import fc from 'fast-check';
import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { plainNumber } from './plain-numbers.ts';

const digits = fc.stringMatching(/^\d{4,11}$/);
const country = fc.constantFrom(...getCountries());
const anyNumber = fc.tuple(country, digits).map(([of, national]) => getCountryCallingCode(of) + national);
/** Like those that people have: of each country one that exists, with other digits at its end. */
const likelyNumber = fc.tuple(country, fc.stringMatching(/^\d{0,7}$/)).map(([of, end]) => {
  const example = getExampleNumber(of, examples)!.number.slice(1);
  return example.slice(0, Math.max(3, example.length - end.length)) + end;
});

test('whatever it says of a number, the library says as well', () => {
  let said = 0;
  fc.assert(
    fc.property(fc.oneof(likelyNumber, anyNumber), (number) => {
      const plain = plainNumber(number);
      if (!plain) return;
      said++;
      const parsed = parsePhoneNumberFromString(`+${number}`)!;
      expect({ number: parsed.number, possible: parsed.isPossible(), country: parsed.country }).toEqual({
        ...{ number: `+${number}`, possible: true, country: plain.country },
      });
      const type = parsed.getType()!;
      expect(type === 'FIXED_LINE_OR_MOBILE' ? 'FIXED_LINE' : type).toBe(plain.type);
    }),
    { numRuns: 20_000 },
  );
  expect(said).toBeGreaterThan(5_000);
});

test('most numbers need no more', () => {
  for (const number of ['33612345678', '33140000000', '34612345678', '4915112345678', '33899123456']) {
    expect(plainNumber(number), number).toBeDefined();
  }
  expect(plainNumber('33899123456')?.type).toBe('PREMIUM_RATE');
});

test('what is shared, unknown, or written with a prefix is left to the library', () => {
  for (const number of ['12125550123', '447946000000', '330612345678', '999123456789', '3361234', '']) {
    expect(plainNumber(number), number).toBeUndefined();
  }
});
