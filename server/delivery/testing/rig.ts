// A delivery worker on a real database, and what a projection would do: endpoints, pushes, waiting until they have left.
import { randomUUID } from 'node:crypto';
import { EndpointInput } from '../../../contract/rest/endpoints.ts';
import { asKey, type CallId, instant, type SpaceId } from '../../domain/ids.ts';
import { Background } from '../../platform/background.ts';
import { type Clock, realClock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import { addressPolicy } from '../../platform/guarded-http/addresses.ts';
import type { Resolve } from '../../platform/guarded-http/connector.ts';
import { type Log, silentLog } from '../../platform/log.ts';
import { commitChange } from '../../store/changes.ts';
import { type EndpointRegistry, openEndpointRegistry } from '../../store/endpoint-registry.ts';
import { addSecret, endpoints } from '../../store/endpoints.ts';
import { Courier } from '../courier.ts';
import { addToOutbox, type Push } from '../outbox.ts';
import { disabler } from '../disable.ts';
import type { Outcome } from '../outbox-sql.ts';
import { newSecret } from '../signing.ts';
import { DeliveryWorker } from '../worker.ts';

export interface RigOptions {
  database: Database;
  clock?: Clock;
  log?: Log;
  leaseMs?: number;
  allowTargets?: readonly string[];
  resolve?: Resolve;
  settled?: (outcome: Outcome) => void;
}

export interface Rig {
  worker: DeliveryWorker;
  registry: EndpointRegistry;
  stop(): Promise<void>;
}

/** Customers' URLs on 127.0.0.1 are allowed, unless told otherwise. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const { database, clock = realClock, log = silentLog, leaseMs, allowTargets = ['127.0.0.1/32'], resolve } = options;
  const { settled = () => {} } = options;
  const registry = await openEndpointRegistry({ db: database, log, clock });
  const background = new Background({ log });
  const courier = new Courier({
    clock,
    policy: addressPolicy(allowTargets),
    ownInbox: () => null,
    version: '0.0.0',
    ...(resolve && { resolve }),
  });
  const worker = new DeliveryWorker({
    database,
    endpoints: registry,
    courier,
    clock,
    log,
    background,
    disable: disabler({ database, registry, log }),
    settled,
    ...(leaseMs !== undefined && { leaseMs }),
  });
  await worker.start();
  return {
    worker,
    registry,
    async stop() {
      await worker.stop();
      await background.close();
      await registry.close();
    },
  };
}

export async function aSpace(database: Database, name = `Space ${randomUUID()}`): Promise<SpaceId> {
  const { rows } = await database.query<{ id: SpaceId }>(
    `insert into spaces (name, code, username, time_zone, country, ring_timeout_s, reply_window_h, stop_words, misses_before_pause)
     values ($1, '000', '1', 'UTC', 'FR', 30, 72, '{}', 3) returning id`,
    [name],
  );
  return rows[0]!.id;
}

const system = { type: 'system', id: null, name: null, address: null } as const;
const note = (space: SpaceId) => () => ({
  space,
  actor: system,
  action: 'test',
  resource: 'endpoints',
  resourceId: null,
  changes: null,
});

export interface AnEndpoint {
  id: number;
  secret: string;
}

export async function anEndpoint(
  database: Database,
  space: SpaceId,
  url: string,
  differing: Partial<EndpointInput> = {},
): Promise<AnEndpoint> {
  const secret = newSecret();
  const id = await commitChange(database, space, {
    doing: 'save',
    async work(tx) {
      const made = await endpoints.insert(tx, space, EndpointInput.parse({ type: 'dialogs', url, ...differing }));
      await addSecret(tx, space, made.id, secret, 0);
      return made.id;
    },
    note: note(space),
  });
  return { id, secret };
}

export async function changeEndpoint(
  database: Database,
  space: SpaceId,
  id: number,
  changes: Partial<EndpointInput>,
): Promise<void> {
  await commitChange(database, space, {
    doing: 'save',
    async work(tx) {
      const { id: _id, space_id: _space, disabled_reason: _reason, ...before } = (await endpoints.find(tx, id))!;
      await endpoints.replace(tx, space, id, EndpointInput.parse({ ...before, ...changes }));
    },
    note: note(space),
  });
}

/** As a projection makes it; `key` is a call. */
export function aPush(space: SpaceId, endpoint: number, key: string, differing: Partial<Push> = {}): Push {
  return {
    space,
    endpoint,
    key,
    call: asKey<CallId>(key),
    number: null,
    eventName: 'dialog_create',
    occurredAt: instant(Date.UTC(2026, 0, 5)),
    contentType: 'application/json',
    body: JSON.stringify({ key }),
    ...differing,
  };
}

/** Committed, and told to the worker, if there is one here. */
export async function push(database: Database, pushes: readonly Push[], worker?: DeliveryWorker): Promise<number[]> {
  const ids = await database.transaction((tx) => addToOutbox(tx, pushes));
  worker?.wake(new Set(pushes.map(({ endpoint }) => endpoint)));
  return ids;
}

/** Resolves when nothing waits any more (of that endpoint). */
export async function untilEmpty(database: Database, endpoint: number | null = null, limitMs = 20_000): Promise<void> {
  const limit = Date.now() + limitMs;
  for (;;) {
    const { rows } = await database.query<{ push_id: number }>(
      'select push_id from outbox where $1::int is null or endpoint_id = $1 limit 1',
      [endpoint],
    );
    if (rows.length === 0) return;
    if (Date.now() > limit) throw new Error(`Push ${rows[0]!.push_id} still waits, perhaps among others.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** All tries, in their order. */
export async function triesOf(
  database: Database,
  pushId: number,
): Promise<{ number: number; status: number | null; error: string | null; answer: string | null; at: Date }[]> {
  const { rows } = await database.query<{
    number: number;
    status: number | null;
    error: string | null;
    answer: string | null;
    at: Date;
  }>('select number, status, error, answer, at from push_tries where push_id = $1 order by number', [pushId]);
  return rows;
}
