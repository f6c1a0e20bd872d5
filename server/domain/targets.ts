// Where a dialled number leads: one of our extensions, or out by the space's trunk if it may be called.
import type { Directory, ExtensionSettings, IvrSettings, TrunkSettings } from './directory.ts';
import type { QueueId, TrunkId } from './ids.ts';
import { mayDial, type NumberRefusal } from './rules/dialable.ts';

export type Target =
  | { kind: 'phone'; extension: ExtensionSettings & { type: 'phone' } }
  /** `urgency`: as an IVR says it. */
  | { kind: 'queue'; queue: QueueId; urgency?: Urgency }
  | { kind: 'ivr'; ivr: IvrSettings; extension: ExtensionSettings }
  /** `number`: what is dialled on the trunk. */
  | { kind: 'outside'; trunk: TrunkId; number: string }
  | { kind: 'none'; why: WhyNowhere };

export type WhyNowhere = 'unknown' | 'no_trunk' | NumberRefusal;

/** null: what the caller's number gives him, or the default. */
export interface Urgency {
  priority: number | null;
  vipRate: number | null;
}

export function targetOf(directory: Directory, dialled: string): Target {
  const extension = extensionDialled(directory, dialled);
  if (!extension) return outside(directory, dialled);
  switch (extension.type) {
    case 'phone':
      return { kind: 'phone', extension };
    case 'queue':
      return { kind: 'queue', queue: extension.queue };
    case 'route': // Dialled as the administrator wrote it, so past the gate.
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

/** Dialled as `332`, or extended with the space's code: `000*332`. */
export function extensionDialled(directory: Directory, dialled: string): ExtensionSettings | undefined {
  const prefix = `${directory.space.code}*`;
  return directory.extensionsByNumber.get(dialled.startsWith(prefix) ? dialled.slice(prefix.length) : dialled);
}

function outside(directory: Directory, dialled: string): Target {
  return outsideBy(directory, outboundTrunk(directory), dialled);
}

/** Out by this trunk, if the number may be dialled. */
export function outsideBy({ space }: Directory, trunk: TrunkSettings | undefined, dialled: string): Target {
  const gate = mayDial(dialled, space, { sandbox: trunk?.type !== 'sip' });
  if (!gate.ok) return { kind: 'none', why: gate.why };
  return trunk ? { kind: 'outside', trunk: trunk.id, number: gate.number } : { kind: 'none', why: 'no_trunk' };
}

function outboundTrunk(directory: Directory): TrunkSettings | undefined {
  for (const trunk of directory.trunks.values()) if (trunk.outbound) return trunk;
  return undefined;
}
