import { expect, test } from 'vitest';
import { callingCodeOf, countryOf } from './country.ts';

test.each([
  ['Europe/Paris', 'FR'],
  ['Europe/Warsaw', 'PL'],
  ['America/New_York', 'US'],
  ['America/Toronto', 'CA'],
  ['Asia/Kolkata', 'IN'],
  ['Asia/Calcutta', 'IN'],
  ['Europe/Kyiv', 'UA'],
  ['UTC', undefined],
])('%s lies in %s', (zone, country) => expect(countryOf(zone)).toBe(country));

test.each([
  ['FR', '33'],
  ['CA', '1'],
  ['XX', undefined],
])('%s is called by %s', (country, code) => expect(callingCodeOf(country)).toBe(code));
