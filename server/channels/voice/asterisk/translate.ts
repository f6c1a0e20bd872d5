// Asterisk's words ↔ ours: they end here. Pure.
import { createHash } from 'node:crypto';
import {
  asId,
  asKey,
  type ExtensionId,
  type Instant,
  instant,
  type LegId,
  type SpaceId,
  type TrunkId,
} from '../../../domain/ids.ts';
import { q850 } from '../../../domain/q850.ts';
import { AppError } from '../../../errors.ts';
import type { Arrival, CallerId, Destination, PhoneSetup, TrunkSetup } from '../engine.ts';
import type { Channel } from './ari-types.gen.ts';
import { contexts, picksUpAtOnce, stasisApp } from './dialplan.ts';
import type { Directory } from './directory.ts';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A channel that we placed bears its leg's id. For others the leg follows from the channel's id and the Asterisk that
 * holds it (RFC 9562 version 5), so that it is the same after a restart of ours.
 */
export function legOfChannel(channelId: string, asteriskId: string): LegId {
  if (uuidForm.test(channelId)) return asKey(channelId);
  const hash = createHash('sha1').update(legNamespace).update(`${asteriskId}/${channelId}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return asKey([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'));
}

/** Chosen once for Parley. */
const legNamespace = Buffer.from('6f0c2f1e9a534c0d8b6f3b0a6f2d41c7', 'hex');

/** Is it in our hands, and not in a dialplan's (such as the sandbox's own halves)? */
export function isHeldByUs(channel: Channel): boolean {
  const { app_name: application, app_data: data } = channel.dialplan;
  return application === 'Stasis' && (data === stasisApp || data.startsWith(`${stasisApp},`));
}

export function isPlaced(channel: Channel): boolean {
  return channel.dialplan.app_data.startsWith(`${stasisApp},placed,`);
}

const bridgePrefix = 'parley-';
/** Asterisk's name of our bridge. Its id is another each time: one that was dissolved a moment ago still has its own. */
export const bridgeLabelOf = (name: string): string => `${bridgePrefix}${name}`;
/** Null: a bridge that is not ours. */
export const bridgeNameOf = (label: string): string | null =>
  label.startsWith(bridgePrefix) ? label.slice(bridgePrefix.length) : null;

/** ISO with milliseconds and offset, e.g. 2026-11-20T10:07:15.055+0000. */
export function instantOf(timestamp: string): Instant {
  return instant(Date.parse(timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')));
}

/** Asterisk's 0 means that nobody set a cause. */
export function q850Of(cause: number): number | null {
  return cause === 0 ? null : cause;
}

/** `sound` as in the port: a name in the sound folders, or `tone:…`. */
export function mediaOf(sound: string): string {
  return sound.startsWith('tone:') ? sound : `sound:${sound}`;
}

function callerIdOf(channel: Channel): CallerId {
  return { number: channel.caller.number, name: channel.caller.name === '' ? null : channel.caller.name };
}

/** Asterisk writes a line end of a name into the SIP header, behind a backslash; there it ends the header for some. */
export function inOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

export const trunkEndpoint = (trunk: TrunkId): string => `trunk-${trunk}`;

export interface DialTarget {
  endpoint: string;
  /** What we can code, best first; Asterisk intersects it with the endpoint's. */
  formats: string;
  /** Set on the channel before the INVITE leaves. */
  variables: Record<string, string>;
  /** Q.850 when Asterisk does not even make the channel: a phone that is not registered, a trunk without a route. */
  unreachable: number;
}

const narrowband = 'alaw,ulaw';
const wideband = 'opus,g722,alaw,ulaw';

/** Null: that trunk or phone was never provisioned. Throws `voice.command_failed` for what is no number. */
export function dialTarget(
  to: Destination,
  directory: Directory,
  { autoAnswer }: { autoAnswer: boolean },
): DialTarget | null {
  if (to.kind === 'trunk') {
    const trunk = directory.trunk(to.trunk);
    return trunk && trunkTarget(trunk, to.number);
  }
  const phone = directory.phone(to.extension);
  return phone && phoneTarget(phone, autoAnswer);
}

function trunkTarget(trunk: TrunkSetup, number: string): DialTarget {
  // It becomes part of a dial string, in which / @ & and , have meanings.
  if (!/^\+?[0-9A-Za-z*#._-]+$/.test(number))
    throw new AppError('voice.command_failed', 'That is not a number to dial.');
  const endpoint = trunk.type === 'sandbox' ? sandboxSubscriber(number) : `PJSIP/${number}@${trunkEndpoint(trunk.id)}`;
  return { endpoint, formats: narrowband, variables: {}, unreachable: q850.outOfOrder };
}

function phoneTarget(phone: PhoneSetup, autoAnswer: boolean): DialTarget {
  if (phone.sandbox) {
    const endpoint = sandboxSubscriber(autoAnswer ? picksUpAtOnce : '01');
    return { endpoint, formats: narrowband, variables: {}, unreachable: q850.subscriberAbsent };
  }
  return {
    endpoint: `PJSIP/${phone.username}`,
    formats: wideband,
    variables: autoAnswer ? pickUp : {},
    unreachable: q850.subscriberAbsent,
  };
}

/** The headers by which phones are asked to pick up: RFC 5373 was never taken up; makers read one or the other of these. */
const pickUp = {
  'PJSIP_HEADER(add,Call-Info)': '<sip:parley>;answer-after=0',
  'PJSIP_HEADER(add,Alert-Info)': '<http://parley>;info=alert-autoanswer;delay=0',
};

/** `n`: the Local channel must stay, as a phone would. */
function sandboxSubscriber(number: string): string {
  return `Local/${number}@${contexts.subscriber}/n`;
}

/** Stasis' arguments of a leg that we place, for when its channel is in our hands. */
export const placedArgs = (ringForMs: number): string => `placed,${ringForMs}`;
/** Null: it is no leg that we place. */
export function ringForMsOf([kind, ringForMs]: readonly string[]): number | null {
  return kind === 'placed' ? Number(ringForMs) : null;
}

export interface Arrived {
  space: SpaceId;
  via: Arrival;
  from: CallerId;
}

/** Who arrived, from Stasis' arguments as the dialplan gives them. Null: for a number that nobody has. */
export function arrivalOf(args: readonly string[], channel: Channel, directory: Directory): Arrived | null {
  const [kind, id, number] = args;
  if (id === undefined || number === undefined || number === '') return null;
  switch (kind) {
    case 'phone': {
      const phone = directory.phone(asId<ExtensionId>(Number(id)));
      // What a phone says of itself in From is its user's choice; who he is, we know.
      return (
        phone && {
          space: phone.space,
          via: { kind: 'phone', extension: phone.extension, dialled: number },
          from: { number: phone.number, name: phone.displayName },
        }
      );
    }
    case 'trunk':
    case 'sandbox-trunk': {
      const owner = directory.didOn(asId<TrunkId>(Number(id)), number);
      return (
        owner && {
          space: owner.trunk.space,
          via: { kind: 'trunk', trunk: owner.trunk.id, did: owner.did, sandbox: kind === 'sandbox-trunk' },
          from: callerIdOf(channel),
        }
      );
    }
    case 'sandbox-space':
      return {
        space: asId<SpaceId>(Number(id)),
        via: { kind: 'sandbox', dialled: number },
        from: callerIdOf(channel),
      };
    default:
      return null;
  }
}
