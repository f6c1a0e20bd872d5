// Where a dialled number leads: one of our extensions, or out by the space's trunk if it may be called.
import { type CountryCode, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Directory, ExtensionSettings, IvrSettings, TrunkSettings } from './directory.ts';
import type { QueueId, TrunkId } from './ids.ts';

export type Target =
  | { kind: 'phone'; extension: ExtensionSettings & { type: 'phone' } }
  /** `urgency`: as an IVR says it. */
  | { kind: 'queue'; queue: QueueId; urgency?: Urgency }
  | { kind: 'ivr'; ivr: IvrSettings; extension: ExtensionSettings }
  /** `number`: what is dialled on the trunk. */
  | { kind: 'outside'; trunk: TrunkId; number: string }
  | { kind: 'none'; why: 'unknown' | 'no_trunk' | 'not_allowed' };

/** null: what the caller's number gives him, or the default. */
export interface Urgency {
  priority: number | null;
  vipRate: number | null;
}

export function targetOf(directory: Directory, dialled: string): Target {
  const extension = extensionOf(directory, dialled);
  if (!extension) return outside(directory, dialled);
  switch (extension.type) {
    case 'phone':
      return { kind: 'phone', extension };
    case 'queue':
      return { kind: 'queue', queue: extension.queue };
    case 'route':
      return directory.trunks.has(extension.trunk)
        ? { kind: 'outside', trunk: extension.trunk, number: extension.to }
        : { kind: 'none', why: 'no_trunk' };
    case 'ivr': {
      const ivr = directory.ivrs.get(extension.ivr);
      return ivr ? { kind: 'ivr', ivr, extension } : { kind: 'none', why: 'unknown' };
    }
    default:
      return extension satisfies never;
  }
}

/** `332`, or extended with the space's code: `000*332`. */
function extensionOf(directory: Directory, dialled: string): ExtensionSettings | undefined {
  const prefix = `${directory.space.code}*`;
  return directory.extensionsByNumber.get(dialled.startsWith(prefix) ? dialled.slice(prefix.length) : dialled);
}

function outside(directory: Directory, dialled: string): Target {
  return outsideBy(directory, outboundTrunk(directory), dialled);
}

/** Out by this trunk, if the number may be called. A sandbox trunk takes any. */
export function outsideBy(directory: Directory, trunk: TrunkSettings | undefined, dialled: string): Target {
  const digits = dialled.replace(/[\s().-]/g, '');
  if (!/^\+?\d{3,20}$/.test(digits)) return { kind: 'none', why: 'unknown' };
  if (!trunk) return { kind: 'none', why: 'no_trunk' };
  if (trunk.type === 'sandbox') return { kind: 'outside', trunk: trunk.id, number: digits.replace(/^\+/, '') };
  const number = internationalDigits(digits, directory.space.country);
  return mayCall(directory, number)
    ? { kind: 'outside', trunk: trunk.id, number }
    : { kind: 'none', why: 'not_allowed' };
}

function outboundTrunk(directory: Directory): TrunkSettings | undefined {
  for (const trunk of directory.trunks.values()) if (trunk.outbound) return trunk;
  return undefined;
}

/** E.164 digits without plus; a number that no country knows stays as it was dialled. */
export function internationalDigits(dialled: string, country: string): string {
  const normal = dialled.startsWith('00') ? `+${dialled.slice(2)}` : dialled;
  const parsed = parsePhoneNumberFromString(normal, country as CountryCode);
  return (parsed?.isPossible() ? parsed.number : normal).replace(/^\+/, '');
}

function mayCall(directory: Directory, number: string): boolean {
  const { allowedPrefixes, country } = directory.space;
  const allowed = allowedPrefixes.length > 0 ? allowedPrefixes : [getCountryCallingCode(country as CountryCode)];
  return allowed.some((prefix) => number.startsWith(prefix.replace(/^\+/, '')));
}
