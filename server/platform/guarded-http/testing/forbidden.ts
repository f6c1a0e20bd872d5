// Addresses that no customer's URL may reach, in all their spellings: a fixed list, and any number of generated ones.

/** Hosts as they stand in a URL. */
export const forbiddenHosts = [
  // loopback and this host, spelt as decimal, hex, octal, short
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001'],
  ...['127.255.255.254', '0.0.0.0', '0', '0x0', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]'],
  // private, shared, link-local with cloud metadata, special, multicast, broadcast
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255', '0xc0a80001'],
  ...['100.64.0.1', '100.100.100.200', '169.254.169.254', '2852039166', '0xa9fea9fe', '168.63.129.16', '192.0.0.192'],
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.255', '192.88.99.1', '192.31.196.1'],
  ...['192.52.193.1', '192.175.48.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  // IPv4 in IPv6: mapped, compatible, translated (NAT64, also local-use, SIIT), 6to4, Teredo, ISATAP
  ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:10.0.0.1]', '[::ffff:169.254.169.254]', '[::ffff:8.8.8.8]'],
  ...['[::127.0.0.1]', '[::7f00:1]', '[::10.0.0.1]', '[::ffff:0:127.0.0.1]', '[::ffff:0:7f00:1]'],
  ...['[64:ff9b::127.0.0.1]', '[64:ff9b::a00:1]', '[64:ff9b:1::7f00:1]', '[64:ff9b:1:ffff::10.0.0.1]'],
  ...['[2002:7f00:1::]', '[2002:a00:1::1]', '[2002:a9fe:a9fe::]', '[2002:c0a8:1::]'],
  ...['[2001::1]', '[2001:0:53aa:64c:0:7fff:80ff:fffe]', '[2001:10::1]', '[2001:20::1]', '[2001:2::1]'],
  ...['[fe80::5efe:7f00:1]', '[2a00:1450::5efe:7f00:1]', '[2a00:1450::200:5efe:10.0.0.1]', '[2a00:1:2:3:0:5efe:a00:1]'],
  // of IPv6's own: unique local, link-local, site-local, multicast, documentation, discard, unassigned
  ...['[fc00::1]', '[fd00::1]', '[fd00:ec2::254]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[ff0e::1]', '[2001:db8::1]'],
  ...['[3fff::1]', '[100::1]', '[4000::1]', '[5f00::1]', '[2620:4f:8000::1]', '[::2]', '[1::1]'],
];

type Chance = () => number;

const integer = (chance: Chance, below: number) => Math.floor(chance() * below);

const networks: readonly [address: number, bits: number][] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
];

/** One that is forbidden, as one of the ways in which a URL may spell it. */
export function aForbiddenHost(chance: Chance): string {
  const [network, bits] = networks[integer(chance, networks.length)]!;
  const address = network + integer(chance, 2 ** (32 - bits));
  const spellings = [dotted, decimal, hex, octal, short, mapped, compatible, nat64, sixToFour, isatap, uniqueLocal];
  return spellings[integer(chance, spellings.length)]!(address, chance);
}

/** A public one of either family, which must stay allowed. */
export function aPublicHost(chance: Chance): string {
  if (chance() < 0.5) return dotted(0x08000000 + integer(chance, 2 ** 24));
  return `[2a00:${group(chance)}:${group(chance)}::${group(chance)}]`;
}

const bytes = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
const groups = (address: number) => `${(address >>> 16).toString(16)}:${(address % 65_536).toString(16)}`;
const group = (chance: Chance) => integer(chance, 65_536).toString(16);

const dotted = (address: number) => bytes(address).join('.');
const decimal = (address: number) => String(address);
const hex = (address: number) => `0x${address.toString(16)}`;
const octal = (address: number) =>
  bytes(address)
    .map((byte) => `0${byte.toString(8)}`)
    .join('.');
const short = (address: number) => `${bytes(address)[0]}.${address % 2 ** 24}`;
const mapped = (address: number) => `[::ffff:${dotted(address)}]`;
const compatible = (address: number) => `[::${groups(address)}]`;
const nat64 = (address: number) => `[64:ff9b::${groups(address)}]`;
const sixToFour = (address: number, chance: Chance) => `[2002:${groups(address)}:${group(chance)}::${group(chance)}]`;
const isatap = (address: number, chance: Chance) =>
  `[2a00:${group(chance)}:0:${group(chance)}:${chance() < 0.5 ? '0' : '200'}:5efe:${groups(address)}]`;
const uniqueLocal = (address: number, chance: Chance) =>
  `[f${chance() < 0.5 ? 'c' : 'd'}${integer(chance, 256).toString(16).padStart(2, '0')}:${group(chance)}::${groups(address)}]`;
