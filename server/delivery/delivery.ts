// Delivery as a whole: what main.ts starts, and what projections and REST use.
import type { Registry } from 'prom-client';
import type { Background } from '../platform/background.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import { type AddressPolicy, addressPolicy } from '../platform/guarded-http/addresses.ts';
import type { Log } from '../platform/log.ts';
import { type EndpointRegistry, openEndpointRegistry } from '../store/endpoint-registry.ts';
import { Courier } from './courier.ts';
import { disabler } from './disable.ts';
import { readFigures } from './figures.ts';
import { deliveryMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import { keepDeliveriesTidy } from './retention.ts';
import { DeliveryWorker } from './worker.ts';

export interface DeliveryOptions {
  database: Database;
  clock: Clock;
  log: Log;
  background: Background;
  /** CIDRs of PARLEY_ALLOW_TARGETS. */
  allowTargets: readonly string[];
  /** Of Parley, for the User-Agent. */
  version: string;
  /** Where its figures are shown. */
  registry: Registry;
}

export interface Delivery {
  outbox: Outbox;
  /** Of all spaces, as settings. */
  endpoints: EndpointRegistry;
  /** Which addresses customers' URLs may lead to. */
  policy: AddressPolicy;
  /** Where we listen ourselves, once we do; the built-in inbox is there. */
  readonly ownOrigin: string | null;
  /** Begins to send, `ownOrigin` being reachable. */
  start(ownOrigin: string): Promise<void>;
  /** Sends no more; what was begun is finished, within three seconds. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export const INBOX_PATH = '/api/v1/inbox/';

/** Pushes can be added at once; they wait for `start`. */
export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { database, clock, log, background, allowTargets, version, registry } = options;
  const endpoints = await openEndpointRegistry({ db: database, log, clock });
  const policy = addressPolicy(allowTargets);
  let ownOrigin: string | null = null;
  const ownInbox = () => (ownOrigin === null ? null : { origin: ownOrigin, path: INBOX_PATH });
  const courier = new Courier({ clock, policy, version, ownInbox });
  const disable = disabler({ database, registry: endpoints, log });
  const worker: DeliveryWorker = new DeliveryWorker({
    ...{ database, endpoints, courier, clock, log, background, disable },
    settled: (outcome) => metrics.tried(outcome),
  });
  const metrics = deliveryMetrics(registry, {
    figures: () => readFigures(database),
    partitions: () => worker.partitions,
  });
  let stopTidying = () => {};
  return {
    outbox: worker,
    endpoints,
    policy,
    get ownOrigin() {
      return ownOrigin;
    },
    async start(origin) {
      ownOrigin = origin;
      stopTidying = keepDeliveriesTidy({ database, clock, log, background });
      await worker.start();
    },
    async stop() {
      stopTidying();
      await worker.stop();
    },
    close: () => endpoints.close(),
  };
}
