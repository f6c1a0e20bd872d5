// A space as a test describes it, by names: agents 101, 102…, queues 201, 202…, all of them reached by a DID of the
// carrier's trunk (`didOf`).
import {
  type Directory,
  type ExtensionSettings,
  type Forward,
  ivrVersionKey,
  type QueueSettings,
  type SpaceSettings,
  type TrunkSettings,
  type UserSettings,
  type VipSettings,
} from '../directory.ts';
import type { IvrDefinition } from '../ivr/definition.ts';
import { asId, type ExtensionId, type QueueId, type SpaceId, type TrunkId, type UserId } from '../ids.ts';

export interface AgentPlan {
  name: string;
  forward?: Partial<Forward>;
  doNotDisturb?: boolean;
  outboundNumber?: string;
  /** How his desk begins. Default: available. */
  begins?: 'available' | 'logged out';
}

export interface QueuePlan extends Partial<Omit<QueueSettings, 'id' | 'name' | 'users'>> {
  name: string;
  /** Names. Default: all. */
  agents?: string[];
}

export interface SpacePlan extends Partial<Pick<SpaceSettings, 'ringTimeoutMs' | 'maxCallMs' | 'missesBeforePause'>> {
  agents?: (string | AgentPlan)[];
  queues?: (string | QueuePlan)[];
  /** Extension number → the number dialled by the outbound trunk. */
  routes?: Record<string, string>;
  /** By which trunk the space calls out. Default: sandbox. */
  outbound?: 'sandbox' | 'carrier' | 'none';
  /** Of the outbound trunk. */
  maxCalls?: number;
  callsPerSecond?: number;
  vips?: VipSettings[];
  /** Extension 401, 402…, each published as version 1. */
  ivrs?: Record<string, IvrDefinition>;
  /** Filename → how long it lasts, in ms. The engine knows it by the same name. */
  sounds?: Record<string, number>;
  presentationNumbers?: string[];
}

export const testSpace = asId<SpaceId>(1);
export const carrier = asId<TrunkId>(1);
export const sandbox = asId<TrunkId>(2);
export const didOf = (extension: string): string => `+331000${extension}`;

export function aSpace(plan: SpacePlan): Directory {
  const agents = (plan.agents ?? []).map((agent) => (typeof agent === 'string' ? { name: agent } : agent));
  const queues = (plan.queues ?? []).map((queue) => (typeof queue === 'string' ? { name: queue } : queue));
  const ivrs = Object.entries(plan.ivrs ?? {});
  const extensions: ExtensionSettings[] = [
    ...agents.map(phoneOf),
    ...queues.map((_, index): ExtensionSettings => ({
      id: asId<ExtensionId>(201 + index),
      number: String(201 + index),
      type: 'queue',
      queue: asId<QueueId>(1 + index),
    })),
    ...ivrs.map((_, index): ExtensionSettings => ({
      id: asId<ExtensionId>(401 + index),
      number: String(401 + index),
      type: 'ivr',
      ivr: 1 + index,
    })),
    ...Object.entries(plan.routes ?? {}).map(([number, to]): ExtensionSettings => ({
      id: asId<ExtensionId>(Number(number)),
      number,
      type: 'route',
      trunk: plan.outbound === 'carrier' ? carrier : sandbox,
      to,
    })),
  ];
  const trunks = trunksOf(plan, extensions);
  const phones = extensions.filter((extension) => extension.type === 'phone');
  const users = agents.map(userSettingsOf);
  return {
    space: {
      id: testSpace,
      name: 'Test',
      code: '000',
      number: '3584705175',
      timeZone: 'Europe/Paris',
      country: 'FR',
      ringTimeoutMs: plan.ringTimeoutMs ?? 30_000,
      allowedPrefixes: [],
      maxCallMs: plan.maxCallMs ?? null,
      missesBeforePause: plan.missesBeforePause ?? 0,
      callingHours: {},
      maxSmsParts: 10,
      username: 'office',
      replyWindowMs: 72 * 3_600_000,
      stopWords: [],
    },
    users: new Map(users.map((user) => [user.id, user])),
    extensions: new Map(extensions.map((extension) => [extension.id, extension])),
    extensionsByNumber: new Map(extensions.map((extension) => [extension.number, extension])),
    phoneOf: new Map(phones.flatMap((phone) => (phone.user === null ? [] : [[phone.user, phone]]))),
    trunks: new Map(trunks.map((trunk) => [trunk.id, trunk])),
    queues: new Map(
      queues.map((queue, index) => {
        const everybody = agents.map(({ name }, at) => ({ name, id: userIdAt(at) }));
        const settings = queueSettingsOf(queue, index, everybody);
        return [settings.id, settings];
      }),
    ),
    vips: new Map((plan.vips ?? []).map((vip) => [vip.number, vip])),
    ivrs: new Map(ivrs.map(([name], index) => [1 + index, { id: 1 + index, name, version: 1 }])),
    ivrVersions: new Map(
      ivrs.map(([, definition], index) => [ivrVersionKey({ ivr: 1 + index, version: 1 }), definition]),
    ),
    sounds: new Map(Object.entries(plan.sounds ?? {}).map(([name, durationMs]) => [name, { name, durationMs }])),
    presentationNumbers: plan.presentationNumbers ?? [],
    pauses: new Map(Array.from({ length: 16 }, (_, index) => [`user${index}`, `Pause ${index}`])),
  };
}

const userIdAt = (index: number) => asId<UserId>(1 + index);

function phoneOf({ forward, doNotDisturb }: AgentPlan, index: number): ExtensionSettings {
  return {
    id: asId<ExtensionId>(101 + index),
    number: String(101 + index),
    type: 'phone',
    user: userIdAt(index),
    sandbox: false,
    forward: { always: null, busy: null, noAnswer: null, ...forward },
    doNotDisturb: doNotDisturb ?? false,
  };
}

function userSettingsOf({ name, outboundNumber }: AgentPlan, index: number): UserSettings {
  return {
    id: userIdAt(index),
    username: name.toLowerCase(),
    firstname: name,
    surname: null,
    displayName: name,
    role: 'agent',
    groups: [],
    outboundNumber: outboundNumber ?? null,
  };
}

function queueSettingsOf({ name, agents, ...settings }: QueuePlan, index: number, everybody: Named[]): QueueSettings {
  return {
    id: asId<QueueId>(1 + index),
    name,
    strategy: 'longest_idle',
    users: everybody.filter((user) => agents?.includes(user.name) ?? true).map(({ id }) => id),
    ringTimeoutMs: 20_000,
    wrapUpMs: 0,
    maxWaitMs: null,
    overflowExtension: null,
    serviceLevelMs: 20_000,
    recording: 'off',
    ...settings,
  };
}

interface Named {
  id: UserId;
  name: string;
}

function trunksOf(plan: SpacePlan, extensions: readonly ExtensionSettings[]): TrunkSettings[] {
  const outbound = plan.outbound ?? 'sandbox';
  const limits = (is: boolean) => ({
    outbound: is,
    maxCalls: is ? (plan.maxCalls ?? null) : null,
    callsPerSecond: is ? (plan.callsPerSecond ?? 1_000) : 1,
  });
  return [
    {
      id: carrier,
      name: 'Carrier',
      type: 'sip',
      ...limits(outbound === 'carrier'),
      dids: extensions.map(({ number }) => ({ number: didOf(number), extensionNumber: number })),
    },
    { id: sandbox, name: 'Sandbox', type: 'sandbox', ...limits(outbound === 'sandbox'), dids: [] },
  ];
}
