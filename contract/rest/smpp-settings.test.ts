import { expect, test } from 'vitest';
import { SmppSettings } from './smpp-settings.ts';

const least = { host: 'smpp.carrier.example', system_id: 'parley', password: 'secret' };

test('a host and who we are is enough', () => {
  expect(SmppSettings.parse(least)).toMatchObject({ port: 2775, bind: 'transceiver', window: 10, long: 'udh' });
});

test.each([
  ['host', { host: 'http://carrier' }],
  ['port', { port: 0 }],
  ['system_id', { system_id: 'sixteen_letters_' }],
  ['system_id', { system_id: '' }],
  ['password', { password: 'nine char' }],
  ['password', { password: 'pässword' }],
  ['window', { window: 0 }],
  ['throughput_per_s', { throughput_per_s: 0 }],
  ['receipt_time_zone', { receipt_time_zone: 'Paris' }],
  ['tls_ca', { tls_ca: 'the authority' }],
  ['from', { from: '' }],
  ['source_ton', { source_ton: 7 }],
])('a wrong %s is refused by its name', (field, wrong) => {
  const { error } = SmppSettings.safeParse({ ...least, ...wrong });
  expect(error?.issues.map(({ path }) => path)).toEqual([[field]]);
});

test('what nobody knows is refused', () => {
  expect(SmppSettings.safeParse({ ...least, windows: 10 }).success).toBe(false);
});
