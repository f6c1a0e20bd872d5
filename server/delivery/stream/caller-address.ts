// Whose address a request comes from. X-Forwarded-For counts as far as trusted proxies wrote it: read from the right,
// the first address that is no trusted proxy is the caller's.
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

export type CallerAddressOf = (request: IncomingMessage) => string;

/** `trustedProxies`: CIDRs. An IPv4 address is written as such whether it came as IPv4 or as `::ffff:…`. */
export function callerAddress(trustedProxies: readonly string[]): CallerAddressOf {
  const trusted = trustedProxies.map((cidr) => ipaddr.parseCIDR(cidr));
  const isTrusted = (address: Address) =>
    trusted.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  return (request) => {
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    let address = parsed(request.socket.remoteAddress ?? '');
    while (address && isTrusted(address)) {
      const before = parsed(forwarded.pop()?.trim() ?? '');
      if (!before) break;
      address = before;
    }
    return address?.toString() ?? '';
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function parsed(text: string): Address | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}
