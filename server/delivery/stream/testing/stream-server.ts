// The stream as the server runs it: journal, projection, hub and route on a real PostgreSQL and a real port.
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { Directory } from '../../../domain/directory.ts';
import type { Event } from '../../../domain/events.ts';
import type { SpaceId, UserId } from '../../../domain/ids.ts';
import { AppError } from '../../../errors.ts';
import { follow } from '../../../journal/follow.ts';
import { openPgJournal } from '../../../journal/pg-journal.ts';
import { Background } from '../../../platform/background.ts';
import { type Clock, realClock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db.ts';
import { type Log, silentLog } from '../../../platform/log.ts';
import { supervisionFollower } from '../../../projections/supervision/projection.ts';
import { StreamVersions } from '../../../projections/supervision/testing/stories.ts';
import type { Accounts } from '../../../store/accounts.ts';
import { callerAddress } from '../caller-address.ts';
import type { Origins } from '../origins.ts';
import { streamSessions } from '../sessions.ts';
import { type StreamHub, streamHub } from '../socket.ts';
import { wsRoute } from '../ws-route.ts';
import { aDirectory, agent, supervisor } from './directory.ts';

export interface StreamServer {
  url: string;
  hub: StreamHub;
  /** Appends in order; resolves when the journal has them. */
  happen(space: SpaceId, events: readonly Event[]): Promise<void>;
  /** Resolves when all that has happened has been written as frames. */
  told(): Promise<void>;
  /** A good id_session of the supervisor for clients on 127.0.0.1. */
  signIn(space: SpaceId): Promise<string>;
  close(): Promise<void>;
}

export interface StreamServerOptions {
  database: Database;
  /** Of the sessions. */
  clock?: Clock;
  hubClock?: Clock;
  log?: Log;
  origins?: Origins;
  trustedProxies?: string[];
  directoryOf?: (space: SpaceId) => Directory;
  /** Further routes. */
  configure?: (app: FastifyInstance) => Promise<void>;
}

/** Shared by the servers of a test file, which have one database. */
const versions = new StreamVersions();

/** Of `wsSpace` are the accounts that POST /ws/ knows: login `zofia` and `zażółć` (supervisors), `pawel` (agent), password `secret`. */
export const wsSpace = 1 as SpaceId;

export async function startStream(options: StreamServerOptions): Promise<StreamServer> {
  const { database, log = silentLog, clock = realClock, origins = 'any' } = options;
  const background = new Background({ log });
  const sessions = streamSessions({ database, clock });
  const directories = { of: options.directoryOf ?? aDirectory };
  const addressOf = callerAddress(options.trustedProxies ?? []);
  const hub = streamHub({
    database,
    sessions,
    directories,
    clock: options.hubClock ?? realClock,
    log,
    background,
    origins,
    addressOf,
  });
  const journal = openPgJournal({ database, log, clock: realClock });
  const following = follow({
    database,
    journal,
    log,
    clock: realClock,
    follower: supervisionFollower({ onFrames: () => hub.wake(), snapshotEvery: 50 }),
  });

  const app = fastify({ http: { maxHeaderSize: 32 * 1024 } });
  const groupsOf = () => Promise.resolve([{ id: 1, name: 'Support' }]);
  await app.register(wsRoute({ accounts: someAccounts, directories, groupsOf, sessions, origins, addressOf, log }));
  await options.configure?.(app);
  hub.attach(app.server);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    hub,
    happen: (space, events) => journal.append(versions.appendOf(space, events)),
    told: () => following.caughtUp(),
    signIn: async (space) => (await sessions.open({ space, user: supervisor }, '127.0.0.1')).token,
    async close() {
      await hub.close();
      await app.close();
      await following.stop();
      await journal.close();
      await background.close();
    },
  };
}

const users: Record<string, { user: UserId; role: 'supervisor' | 'agent' }> = {
  zofia: { user: supervisor, role: 'supervisor' },
  zażółć: { user: supervisor, role: 'supervisor' },
  pawel: { user: agent, role: 'agent' },
};

const someAccounts: Pick<Accounts, 'verifyLogin'> = {
  verifyLogin(username, password) {
    if (username === 'hammered') {
      return Promise.reject(new AppError('request.too_many', 'Too many failed logins.', { retryAfterS: 300 }));
    }
    const found = users[username];
    return Promise.resolve(found && password === 'secret' ? { ...found, space: wsSpace } : null);
  },
};
