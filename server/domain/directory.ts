// What a space has been set up with, as the rules read it: administered by REST, held in memory, replaced whole
// when it changes. The store builds it; rules never look further.
import type { HoursRules } from './contacts/hours-rules.ts';
import type { ExtensionId, GroupId, QueueId, SpaceId, TrunkId, UserId } from './ids.ts';
import type { IvrDefinition, SoundRef } from './ivr/definition.ts';

export type Role = 'admin' | 'supervisor' | 'agent';
export type QueueStrategy = 'longest_idle' | 'round_robin' | 'ring_all' | 'fewest_calls';

export interface SpaceSettings {
  id: SpaceId;
  name: string;
  /** Prefix of extended extension numbers: `000*332`. */
  code: string;
  /** The company's own, as customers' scripts are told it; null: none was given. */
  number: string | null;
  timeZone: string;
  /** ISO 3166-1 alpha-2; numbers without a country code belong to it. */
  country: string;
  /** How long a phone is rung outside queues. */
  ringTimeoutMs: number;
  /** E.164 prefixes, digits without plus, that may be called by a real trunk. Empty: the country's own only. */
  allowedPrefixes: readonly string[];
  /** A call is ended after so long; null: never. */
  maxCallMs: number | null;
  /** Reports' name of the space. */
  username: string;
  /** Who writes back after a longer time answers no message any more. */
  replyWindowMs: number;
  /** Words that ask not to be written to again, beside STOP and its like. */
  stopWords: readonly string[];
  /** An agent who misses so many calls in a row is set on pause; 0: never. */
  missesBeforePause: number;
  /** Own calling hours, before the defaults. */
  callingHours: HoursRules;
  /** A text that makes more SMS is refused. */
  maxSmsParts: number;
}

export interface UserSettings {
  id: UserId;
  username: string;
  firstname: string;
  surname: string | null;
  displayName: string;
  role: Role;
  groups: readonly GroupId[];
  outboundNumber: string | null;
}

export interface Forward {
  always: string | null;
  busy: string | null;
  noAnswer: string | null;
}

export type ExtensionSettings = { id: ExtensionId; number: string } & (
  | { type: 'phone'; user: UserId | null; sandbox: boolean; forward: Forward; doNotDisturb: boolean }
  | { type: 'queue'; queue: QueueId }
  | { type: 'ivr'; ivr: number }
  /** `to`: the number dialled on that trunk. */
  | { type: 'route'; trunk: TrunkId; to: string }
);

export interface TrunkSettings {
  id: TrunkId;
  name: string;
  type: 'sip' | 'sandbox';
  outbound: boolean;
  /** Concurrent channels, both ways; null: no limit. */
  maxCalls: number | null;
  /** Dials a second. */
  callsPerSecond: number;
  dids: readonly { number: string; extensionNumber: string }[];
}

export interface QueueSettings {
  id: QueueId;
  name: string;
  strategy: QueueStrategy;
  users: readonly UserId[];
  ringTimeoutMs: number;
  wrapUpMs: number;
  /** null: a caller waits for ever. */
  maxWaitMs: number | null;
  /** Where a call goes after `maxWaitMs`; null: it is ended. */
  overflowExtension: string | null;
  serviceLevelMs: number;
  recording: 'off' | 'on_demand' | 'always';
}

export interface VipSettings {
  number: string;
  vipRate: number;
  priority: number;
}

export interface IvrSettings {
  id: number;
  name: string;
  /** What new calls run. */
  version: number;
}

/** A version that is published never changes. */
export interface IvrVersion {
  ivr: number;
  version: number;
}

export const ivrVersionKey = ({ ivr, version }: IvrVersion): string => `${ivr}/${version}`;

/** `name`: for the engine. */
export interface PlayableSound {
  name: string;
  durationMs: number;
}

export interface Directory {
  readonly space: SpaceSettings;
  readonly users: ReadonlyMap<UserId, UserSettings>;
  readonly extensions: ReadonlyMap<ExtensionId, ExtensionSettings>;
  readonly extensionsByNumber: ReadonlyMap<string, ExtensionSettings>;
  /** The phone extension of each user who has one. */
  readonly phoneOf: ReadonlyMap<UserId, ExtensionSettings & { type: 'phone' }>;
  readonly trunks: ReadonlyMap<TrunkId, TrunkSettings>;
  readonly queues: ReadonlyMap<QueueId, QueueSettings>;
  /** By number as presented, digits only. */
  readonly vips: ReadonlyMap<string, VipSettings>;
  /** Those of which a version is published. */
  readonly ivrs: ReadonlyMap<number, IvrSettings>;
  /** By `ivrVersionKey`: what new calls run, and what calls that live began with. Lives on when the rest is replaced. */
  readonly ivrVersions: ReadonlyMap<string, IvrDefinition>;
  /** By filename, and by id. */
  readonly sounds: ReadonlyMap<SoundRef, PlayableSound>;
  /** What the space's projects show outside. */
  readonly presentationNumbers: readonly string[];
  /** `user0`…`user15` → their text. */
  readonly pauses: ReadonlyMap<string, string>;
}

/** Default of the seed's sample for a call that nothing else gives a priority. */
export const defaultPriority = 100;
