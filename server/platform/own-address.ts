// Where others reach this machine, for what we print and answer.
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * What a phone is to register at, as `192.0.2.7:5060`. `host`: the IP address that SIP is bound to; bound to all of them
 * (`0.0.0.0`, `::`) it is no address to call, and the machine's first one that is not loopback is given.
 */
export function registrarOf(
  sip: { host: string; port: number; publicAddress: string | null },
  interfaces = networkInterfaces(),
): string {
  const host = sip.publicAddress ?? (isAny(sip.host) ? firstAddress(sip.host, interfaces) : sip.host);
  return `${isIPv6(host) ? `[${host}]` : host}:${sip.port}`;
}

const isAny = (host: string): boolean => /^(0\.0\.0\.0|[0:]+)$/.test(host);

function firstAddress(bound: string, interfaces: ReturnType<typeof networkInterfaces>): string {
  const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
  const outside = addresses.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const wanted = outside.find(({ family }) => family === 'IPv4') ?? (isIPv6(bound) ? outside[0] : undefined);
  return wanted?.address ?? (isIPv6(bound) ? '::1' : '127.0.0.1');
}
