// Which addresses customers' URLs may lead to: public unicast ones, and what the operator allows besides.
import { BlockList, isIP } from 'node:net';

export interface AddressPolicy {
  /** `address`: a literal, without brackets or zone. What is no address is not allowed. */
  allows(address: string): boolean;
}

// IANA special-purpose registries (RFC 6890 and its updates), and what clouds answer their own machines on.
const forbiddenIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's host
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** All else of IPv6 is loopback, mapped, translated (NAT64), unique local, link-local, multicast or unassigned. */
const globalIpv6 = '2000::/3';
const forbiddenIpv6 = [
  '2001::/23', // with Teredo, ORCHID, benchmarking
  '2001:db8::/32',
  '2002::/16', // 6to4
  '2620:4f:8000::/48',
  '3fff::/20',
];

/** `allowed`: CIDRs that are reached although they are not public. */
export function addressPolicy(allowed: readonly string[]): AddressPolicy {
  const also = listOf(allowed);
  return {
    allows(address) {
      const family = isIP(address);
      if (family === 0 || address.includes('%')) return false;
      if (family === 4) return !neverIpv4.check(address, 'ipv4') || also.ipv4.check(address, 'ipv4');
      return isPublicIpv6(address) || also.ipv6.check(address, 'ipv6');
    },
  };
}

function isPublicIpv6(address: string): boolean {
  return publicIpv6.check(address, 'ipv6') && !neverIpv6.check(address, 'ipv6') && !isIsatap(address);
}

/** RFC 5214: an interface identifier 0000:5efe or 0200:5efe holds an IPv4 address to tunnel to, under any prefix. */
function isIsatap(address: string): boolean {
  const groups = groupsOf(address);
  return (groups[4]! & ~0x0200) === 0 && groups[5] === 0x5efe;
}

/** The eight groups of an IPv6 address, which URL writes in its one canonical form, without dots. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = '', after] = canonical.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':').map((group) => parseInt(group, 16)) : []);
  const [first, last] = [groups(before), groups(after)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last];
}

/** Apart, because a BlockList matches `::ffff:1.2.3.4` by rules for 1.2.3.4 as well. */
function listOf(cidrs: readonly string[]): { ipv4: BlockList; ipv6: BlockList } {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
    lists[family].addSubnet(network, Number(bits), family);
  }
  return lists;
}

const neverIpv4 = listOf(forbiddenIpv4).ipv4;
const neverIpv6 = listOf(forbiddenIpv6).ipv6;
const publicIpv6 = listOf([globalIpv6]).ipv6;
