// A small space: a supervisor, an agent, a queue and a trunk.
import type { Directory, UserSettings } from '../../../domain/directory.ts';
import { asId, type GroupId, type QueueId, type SpaceId, type TrunkId, type UserId } from '../../../domain/ids.ts';

export const supervisor = asId<UserId>(3);
export const agent = asId<UserId>(8);

export function aDirectory(space: SpaceId): Directory {
  const user = (id: UserId, role: UserSettings['role'], displayName: string): UserSettings => ({
    id,
    username: `user${id}`,
    firstname: displayName,
    surname: null,
    displayName,
    role,
    groups: [asId<GroupId>(1)],
    outboundNumber: null,
  });
  return {
    space: {
      id: space,
      name: 'Test',
      code: '000',
      number: null,
      timeZone: 'Europe/Paris',
      country: 'FR',
      ringTimeoutMs: 30_000,
      allowedPrefixes: [],
      maxCallMs: null,
      missesBeforePause: 3,
      callingHours: {},
      maxSmsParts: 10,
      username: 'office',
      replyWindowMs: 72 * 3_600_000,
      stopWords: [],
    },
    users: new Map(
      [user(supervisor, 'supervisor', 'Zofia'), user(agent, 'agent', 'Konsultant Paweł')].map((u) => [u.id, u]),
    ),
    extensions: new Map(),
    extensionsByNumber: new Map(),
    phoneOf: new Map(),
    trunks: new Map([
      [
        asId<TrunkId>(345_940),
        {
          id: asId<TrunkId>(345_940),
          name: 'Nord',
          type: 'sip',
          outbound: true,
          maxCalls: null,
          callsPerSecond: 1,
          dids: [],
        },
      ],
    ]),
    queues: new Map([
      [
        asId<QueueId>(391),
        {
          id: asId<QueueId>(391),
          name: 'Support',
          strategy: 'longest_idle',
          users: [agent],
          ringTimeoutMs: 20_000,
          wrapUpMs: 0,
          maxWaitMs: null,
          overflowExtension: null,
          serviceLevelMs: 20_000,
          recording: 'off',
        },
      ],
    ]),
    vips: new Map(),
    ivrs: new Map(),
    ivrVersions: new Map(),
    sounds: new Map(),
    presentationNumbers: [],
    pauses: new Map([['user0', 'Déjeuner']]),
  };
}
