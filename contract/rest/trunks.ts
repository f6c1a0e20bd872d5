import { z } from 'zod';
import { changesOf, ExtensionNumber, Id, PhoneNumber, SpaceOfBody, Text } from './common.ts';

const host = /^(?!-)[A-Za-z0-9._-]{1,253}$|^[0-9A-Fa-f:.]{2,45}$/;
const Host = z
  .string()
  .regex(host, 'must be a host name or an address')
  .refine(isNoBrokenAddress, 'must be a host name or an address');
const Source = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9._:-]{1,253}(\/\d{1,3})?$/, 'must be an address, a network or a host name')
  .refine(
    (source) => (source.includes('/') ? isNetwork(source) : isNoBrokenAddress(source)),
    'must be an address, a network or a host name',
  )
  .refine(isNarrow, 'must be no wider than /16, or /32 of IPv6: others have trunks on this machine as well');

/** A name whose last label is a number would be taken for an address (RFC 1123 2.1): it must be one. */
function isNoBrokenAddress(text: string): boolean {
  const meant = text.includes(':') || /(^|\.)\d+\.?$/.test(text);
  return !meant || z.union([z.ipv4(), z.ipv6()]).safeParse(text).success;
}
function isNetwork(text: string): boolean {
  return z.union([z.cidrv4(), z.cidrv6()]).safeParse(text).success;
}
function isNarrow(source: string): boolean {
  const [address = '', bits] = source.split('/');
  return bits === undefined || Number(bits) >= (address.includes(':') ? 32 : 16);
}

/** RFC 3261 user and password: no blanks, quotes or separators, for they end up in SIP headers. */
const Credential = z
  .string()
  .regex(/^[^\s"<>;,\\\p{Cc}\p{Cs}]{1,128}$/u, 'must not contain blanks, quotes or any of <>;,\\');

const common = {
  name: Text,
  dids: z
    .array(z.strictObject({ number: PhoneNumber, extension_number: ExtensionNumber }))
    .max(10_000)
    .describe('numbers that ring here, and the extension each leads to'),
  outbound: z.boolean().describe('calls to outside may leave by it'),
  max_calls: z.int().min(1).max(100_000).nullable().describe('concurrent, both ways; null: no limit'),
  calls_per_second: z.int().min(1).max(1_000),
};
const sip = {
  host: Host,
  port: z.int().min(1).max(65_535),
  username: Credential.nullable(),
  match_addresses: z.array(Source).max(100).describe('where its calls come from'),
};

export const Trunk = z
  .object({
    id: Id,
    space_id: Id,
    type: z.enum(['sip', 'sandbox']),
    ...common,
    ...sip,
    host: Host.nullable().describe('null: sandbox'),
  })
  .meta({ id: 'Trunk' });
export type Trunk = z.infer<typeof Trunk>;

const commonInput = {
  ...common,
  dids: common.dids.default([]),
  outbound: common.outbound.default(false),
  max_calls: common.max_calls.default(null),
  calls_per_second: common.calls_per_second.default(1),
};
const sipInput = {
  type: z.literal('sip'),
  ...commonInput,
  host: Host,
  port: sip.port.default(5060),
  username: sip.username.default(null),
  password: Credential.nullable().optional().describe('write only; left out: the old one stays; null: none'),
  match_addresses: sip.match_addresses.optional().describe('default: the host'),
};
const sandboxInput = { type: z.literal('sandbox'), ...commonInput };

export const TrunkInput = z.discriminatedUnion('type', [z.strictObject(sipInput), z.strictObject(sandboxInput)]);
export type TrunkInput = z.output<typeof TrunkInput>;
export const NewTrunk = z.discriminatedUnion('type', [
  z.strictObject({ ...sipInput, ...SpaceOfBody }),
  z.strictObject({ ...sandboxInput, ...SpaceOfBody }),
]);
export const TrunkChanges = changesOf({
  ...common,
  type: z.enum(['sip', 'sandbox']).describe('as it is: it cannot be changed'),
  ...sip,
  password: Credential.nullable(),
});
