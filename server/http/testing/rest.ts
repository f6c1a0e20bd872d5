// The REST as its users meet it: requests in, answers out, on a real PostgreSQL, without real calls.
import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import { afterAll, expect } from 'vitest';
import type { Call, TimelineItem } from '../../../contract/rest/calls.ts';
import type { CallId, SpaceId } from '../../domain/ids.ts';
import { CampaignDesk } from '../../flows/campaigns/desk.ts';
import { MemoryJournal } from '../../journal/memory-journal.ts';
import { newCallId } from '../../platform/ids.ts';
import { realClock, VirtualClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { openMetrics } from '../../projections/metrics.ts';
import { testDatabase } from '../../platform/testing/database.ts';
import { openAccounts } from '../../store/accounts.ts';
import { openDelivery } from '../../delivery/delivery.ts';
import { Background } from '../../platform/background.ts';
import { openDirectories } from '../../store/directory.ts';
import type { CallFilters, CallHistory } from '../../projections/calls/history.ts';
import type { Recordings } from '../recordings.ts';
import { buildHttp, type HttpOptions } from '../server.ts';
import { FakeBroadcasts } from './fake-broadcasts.ts';
import { FakeCentre } from './fake-centre.ts';

export const ADMIN_KEY = 'installation-key-of-the-test';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer {
  status: number;
  // oxlint-disable-next-line no-explicit-any -- a test reads what it expects
  body: any;
  headers: Record<string, string | string[] | number | undefined>;
}

export class FakeHistory implements CallHistory {
  readonly calls = new Map<string, Call>();
  readonly lines = new Map<string, TimelineItem[]>();
  listed: { space: SpaceId | null; filters: CallFilters } | undefined;

  async list(space: SpaceId | null, _page: object, filters: CallFilters) {
    this.listed = { space, filters };
    return { items: [...this.calls.values()], next_cursor: null };
  }

  async one(call: CallId) {
    return this.calls.get(call);
  }

  async timeline(call: CallId) {
    return this.lines.get(call);
  }
}

const wav = Buffer.from('RIFF of a recording');
const recordings: Recordings = {
  async open(recording) {
    return recording === 'lost' ? undefined : { stream: Readable.from([wav]), bytes: wav.length };
  },
};

export interface Rest {
  app: FastifyInstance;
  centre: FakeCentre;
  broadcasts: FakeBroadcasts;
  history: FakeHistory;
  clock: VirtualClock;
  options: HttpOptions;
  /** As the installation's key, unless headers say otherwise; `path` under /api/v1. */
  ask(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A new space with nothing in it but its pauses. */
  aSpace(): Promise<number>;
  /** Headers of a new key of that role in that space. */
  keyOf(space: number, role: string): Promise<Record<string, string>>;
}

export async function startRest(differing: Partial<HttpOptions> = {}): Promise<Rest> {
  const db = await testDatabase();
  const clock = new VirtualClock();
  const centre = new FakeCentre();
  const broadcasts = new FakeBroadcasts();
  const history = new FakeHistory();
  const directories = await openDirectories({ db, log: silentLog });
  const accounts = await openAccounts({ db, clock, log: silentLog });
  const background = new Background({ log: silentLog });
  const metrics = openMetrics({
    liveCalls: () => 3,
    agents: () => new Map([['available', 2]]),
    streamClients: () => 1,
    journalLag: async () => [],
  });
  // Its own clock is the real one: leases are.
  const delivery = await openDelivery({
    database: db,
    clock: realClock,
    log: silentLog,
    background,
    allowTargets: [],
    version: '0.0.0',
    registry: metrics.registry,
  });
  const options: HttpOptions = {
    db,
    directories,
    accounts,
    centre,
    campaigns: new CampaignDesk({
      ...{ db, journal: new MemoryJournal(), centre, clock, background },
      directory: (space) => directories.of(space),
      newCallId: () => newCallId(clock.now()),
      caughtUp: async () => {},
      consultantIsIn: () => true,
    }),
    broadcasts,
    callHistory: history,
    recordings,
    delivery,
    askUrl: () => Promise.reject(new Error('No real URL is asked.')),
    soundsSettled: async () => {},
    metrics,
    clock,
    log: silentLog,
    registrar: '127.0.0.1:5060',
    version: '0.0.0',
    adminKey: ADMIN_KEY,
    trustedProxies: [],
    origins: [],
    tls: null,
    livePage: null,
    ready: () => [],
    ...differing,
  };
  const app = await buildHttp(options);
  await delivery.start(await app.listen({ host: '127.0.0.1', port: 0 }));
  afterAll(async () => {
    await delivery.stop();
    await app.close();
    await background.close();
    await delivery.close();
    await accounts.close();
    await directories.close();
  });

  async function ask(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: headers ?? { authorization: `Bearer ${ADMIN_KEY}` },
      ...(body !== undefined && { payload: body as object }),
    });
    const json = String(answer.headers['content-type']).includes('json');
    return { status: answer.statusCode, body: json ? answer.json() : answer.body, headers: answer.headers };
  }

  let spaces = 0;
  return {
    app,
    centre,
    broadcasts,
    history,
    clock,
    options,
    ask,
    async aSpace() {
      spaces++;
      const space = { name: `Space ${spaces}`, code: '000', username: `space${spaces}`, time_zone: 'Europe/Paris' };
      return (await ask('POST', '/spaces', space)).body.id;
    },
    async keyOf(space, role) {
      const key = await ask('POST', '/api_keys', { space_id: space, name: role, role });
      return { authorization: `Bearer ${key.body.key}` };
    },
  };
}

/** As a problem that blames that field. */
export function expectRefusal(answer: Answer, status: number, path: string): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
}
