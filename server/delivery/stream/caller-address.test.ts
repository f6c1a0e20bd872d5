import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { callerAddress } from './caller-address.ts';

test.each<[string, string[], string, string | undefined, string]>([
  ['without a proxy it is the connection', [], '198.51.100.1', undefined, '198.51.100.1'],
  ['nobody is believed by default', [], '198.51.100.1', '203.0.113.7', '198.51.100.1'],
  ['a trusted proxy is believed', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['what the caller wrote himself is not', ['10.0.0.0/8'], '10.0.0.1', '10.9.9.9, 1.2.3.4, 203.0.113.7', '203.0.113.7'],
  ['a chain of trusted proxies is followed', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
  ['a proxy that says nothing is the caller', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
  ['a proxy that says nonsense is the caller', ['10.0.0.0/8'], '10.0.0.1', 'unknown', '10.0.0.1'],
  ['IPv4 in IPv6 is IPv4', [], '::ffff:127.0.0.1', undefined, '127.0.0.1'],
  ['a proxy may come as IPv4 in IPv6', ['127.0.0.1/32'], '::ffff:127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
  ['IPv6 is written in one way', ['::1/128'], '::1', '2001:DB8:0:0::7', '2001:db8::7'],
])('%s', (_title, trusted, remoteAddress, forwarded, expected) => {
  const request = {
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  };
  expect(callerAddress(trusted)(request as unknown as IncomingMessage)).toBe(expected);
});
