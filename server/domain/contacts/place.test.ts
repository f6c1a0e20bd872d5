import { expect, test } from 'vitest';
import { prefixesOfZones } from '../campaigns/number-zones.gen.ts';
import { placeOf } from './place.ts';

test.each([
  ['+33612345601', 'FR', 'Europe/Paris'],
  ['+262692123456', 'RE', 'Indian/Reunion'],
  ['+12125550101', 'US', 'America/New_York'],
  ['+14165550101', 'CA', 'America/Toronto'],
  ['+442071234567', 'GB', 'Europe/London'],
  ['+18005550101', 'US', null],
  ['+34600000000', 'ES', 'Europe/Madrid'],
  ['ana@example.com', null, null],
  ['+881612345678', null, null],
  ['+', null, null],
])('%s is in %s, %s', (address, country, timeZone) => {
  expect(placeOf(address)).toMatchObject({ country, timeZone });
});

test('every zone of the table is one that this machine knows', () => {
  for (const zone of new Set(Object.keys(prefixesOfZones).flatMap((zones) => zones.split('&')))) {
    expect(() => new Intl.DateTimeFormat('en', { timeZone: zone }), zone).not.toThrow();
  }
});
