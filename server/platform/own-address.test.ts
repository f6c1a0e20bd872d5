import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { registrarOf } from './own-address.ts';

const at = (address: string, internal = false) =>
  ({ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;
const office = {
  lo: [at('127.0.0.1', true), at('::1', true)],
  eth0: [at('fe80::1'), at('2001:db8::7'), at('192.0.2.7')],
};
const sip = (host: string, publicAddress: string | null = null) => ({ host, port: 5060, publicAddress });

test.each([
  ['an address is given as it is', sip('198.51.100.1'), '198.51.100.1:5060'],
  ['the public address wins', sip('0.0.0.0', 'sip.example.org'), 'sip.example.org:5060'],
  ['bound to all, the first one outside is given', sip('0.0.0.0'), '192.0.2.7:5060'],
  ['bound to all of IPv6, IPv4 is bound as well', sip('::'), '192.0.2.7:5060'],
  ['an IPv6 address stands in brackets', sip('2001:db8::1'), '[2001:db8::1]:5060'],
])('%s', (_what, given, registrar) => {
  expect(registrarOf(given, office)).toBe(registrar);
});

test('a machine without any address but loopback gives that', () => {
  expect(registrarOf(sip('0.0.0.0'), { lo: office.lo })).toBe('127.0.0.1:5060');
});
