// Sends what is in the outbox: holds leases, and for each endpoint of its partitions a lane.
import { instant } from '../domain/ids.ts';
import type { Background } from '../platform/background.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { Watch } from '../store/watch.ts';
import type { EndpointRegistry, EndpointSettings } from '../store/endpoint-registry.ts';
import type { Courier } from './courier.ts';
import { Lane } from './lane.ts';
import { Leases, partitionOf } from './leases.ts';
import { addToOutbox, type Outbox } from './outbox.ts';
import { type LaneId, type Outcome, readHeads, readLanes } from './outbox-sql.ts';
import { Settler } from './settler.ts';

export interface WorkerOptions {
  database: Database;
  endpoints: EndpointRegistry;
  courier: Courier;
  clock: Clock;
  log: Log;
  background: Background;
  /** Disables it for everybody, and tells its admins. Rejects if that cannot be written. */
  disable(endpoint: EndpointSettings, reason: 'gone' | 'failing'): Promise<void>;
  /** What became of a try is written down. */
  settled(outcome: Outcome): void;
  leaseMs?: number;
}

const LEASE_MS = 10_000;
/** Polls as well: what is added by other processes is told by a notice, which may be lost. */
const POLL_MS = 1_000;
const FINISH_LIMIT_MS = 3_000;
/** Pushes, of all lanes that hold any: with bodies of a few KB less than 100 MB. */
const MOST_IN_MEMORY = 16_384;
const LEAST_OF_A_LANE = 16;
const CHANNEL = 'parley_outbox';

export class DeliveryWorker implements Outbox {
  readonly #options: WorkerOptions;
  readonly #leases: Leases;
  readonly #settler: Settler;
  readonly #watch: Watch;
  readonly #lanes = new Map<number, Lane>();
  readonly #tickMs: number;
  readonly #leaveEndpoints: () => void;
  #ticking: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #shareOfMemory = MOST_IN_MEMORY;
  #telling = false;
  #tellAgain = false;
  #stopped = false;

  constructor(options: WorkerOptions) {
    const { database, clock, log, settled, leaseMs = LEASE_MS } = options;
    this.#options = options;
    this.#tickMs = leaseMs / 3;
    this.#leases = new Leases({ database, leaseMs });
    this.#settler = new Settler({
      ...{ database, clock, log, settled },
      tokenOf: (partition) => this.#leases.tokenOf(partition),
    });
    this.#watch = new Watch({
      db: database,
      log,
      clock,
      channel: CHANNEL,
      everyMs: POLL_MS,
      look: () => this.#look(),
    });
    this.#leaveEndpoints = options.endpoints.onChange((endpoints) => {
      for (const endpoint of endpoints) this.#lanes.get(endpoint)?.pump();
    });
  }

  async start(): Promise<void> {
    await this.#watch.start();
    await this.#tick();
    this.#tickLater();
  }

  /** How many partitions are this process's to send. */
  get partitions(): number {
    return this.#leases.held.length;
  }

  add: Outbox['add'] = addToOutbox;

  wake(endpoints: Iterable<number>): void {
    let others = false;
    for (const endpoint of endpoints) {
      const lane = this.#lanes.get(endpoint);
      if (lane) lane.wake();
      else others = true;
    }
    if (!others || this.#stopped) return;
    // A lane that is new, or another process's.
    this.#options.background.run('look into the outbox', this.#watch.lookNow());
    if (!this.#leases.alone) this.#tell();
  }

  /** Takes no more, waits for what is under way, and leaves the rest to others or the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#leaveEndpoints();
    await this.#watch.close();
    await this.#ticking;
    await this.#finishLanes();
    await this.#settler.close();
    await this.#leases.close();
    await this.#options.courier.close();
  }

  /** Whoever has not answered by then gets it again: whether it arrived is unknown. */
  async #finishLanes(): Promise<void> {
    const lanes = [...this.#lanes.values()];
    const limit = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(FINISH_LIMIT_MS, limit.resolve);
    await Promise.race([Promise.all(lanes.map((lane) => lane.finish())), limit.promise]);
    timer.cancel();
    for (const lane of lanes) lane.stop();
  }

  #tickLater(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(this.#tickMs, () => {
      this.#ticking = this.#tick();
      this.#options.background.run('renew leases', this.#ticking);
      void this.#ticking.then(() => this.#tickLater());
    });
  }

  async #tick(): Promise<void> {
    const { log, background } = this.#options;
    try {
      const { claimed, lost, surplus } = await this.#leases.tick();
      this.#dropLanes(lost);
      if (lost.length > 0) log.warn({ partitions: lost }, 'other processes have taken partitions of the outbox over');
      if (claimed.length > 0) await this.#takeOver(claimed);
      if (surplus.length > 0) background.run('release partitions', this.#release(surplus));
      const holding = [...this.#lanes.values()].filter((lane) => lane.holds).length;
      this.#shareOfMemory = Math.max(LEAST_OF_A_LANE, Math.floor(MOST_IN_MEMORY / Math.max(1, holding)));
      for (const lane of this.#lanes.values()) lane.pump(); // They may have waited for the renewal.
    } catch (error) {
      log.warn({ err: error }, 'the leases of the outbox are not renewed; it is tried again');
    }
  }

  async #takeOver(partitions: readonly number[]): Promise<void> {
    try {
      for (const { lane, head, waiting, failingSince } of await readLanes(this.#options.database, partitions)) {
        this.#openLane(lane, head, waiting, failingSince);
      }
    } catch (error) {
      await this.#leases.release(partitions); // Without its lanes nobody would send it.
      throw error;
    }
  }

  #openLane(id: LaneId, head: number, waiting: boolean, failingSince: number | null): void {
    const { database, clock, log, endpoints, courier } = this.#options;
    const partition = partitionOf(id.endpoint);
    const token = this.#leases.tokenOf(partition);
    if (token === undefined || this.#lanes.has(id.endpoint)) return;
    const lane = new Lane({
      id,
      partition,
      token,
      cursor: head,
      waiting,
      failingSince: failingSince === null ? null : instant(failingSince),
      database,
      clock,
      log,
      settings: () => endpoints.get(id.endpoint),
      mayStillSend: () => this.#leases.valid && this.#leases.tokenOf(partition) === token,
      attempt: (endpoint, push) => courier.attempt(endpoint, push),
      settle: (outcome, health) => this.#settler.settle(outcome, health),
      disable: (reason) => this.#disable(id.endpoint, reason),
      share: () => this.#shareOfMemory,
      chance: Math.random,
    });
    this.#lanes.set(id.endpoint, lane);
    lane.pump();
  }

  /** What other processes have added, and lanes that are new. */
  async #look(): Promise<void> {
    const partitions = this.#leases.held;
    if (partitions.length === 0) return;
    for (const { lane, head } of await readHeads(this.#options.database, partitions)) {
      const open = this.#lanes.get(lane.endpoint);
      if (open) open.wake(head);
      else this.#openLane(lane, 0, true, null);
    }
  }

  async #release(partitions: readonly number[]): Promise<void> {
    const lanes = [...this.#lanes.values()].filter(({ partition }) => partitions.includes(partition));
    await Promise.all(lanes.map((lane) => lane.finish()));
    this.#dropLanes(partitions);
    await this.#leases.release(partitions);
  }

  #dropLanes(partitions: readonly number[]): void {
    for (const [endpoint, lane] of this.#lanes) {
      if (!partitions.includes(lane.partition)) continue;
      lane.stop();
      this.#lanes.delete(endpoint);
    }
  }

  async #disable(endpoint: number, reason: 'gone' | 'failing'): Promise<void> {
    const { endpoints, disable, log } = this.#options;
    const settings = endpoints.get(endpoint);
    if (!settings?.enabled) return;
    try {
      await disable(settings, reason);
    } catch (error) {
      log.error({ err: error, endpoint, reason }, 'an endpoint cannot be disabled; its next failure tries it again');
    }
  }

  /** One notice at a time; those asked for meanwhile are one. */
  #tell(): void {
    this.#tellAgain = true;
    if (this.#telling) return;
    this.#telling = true;
    this.#options.background.run('tell other processes of the outbox', this.#tellOthers());
  }

  async #tellOthers(): Promise<void> {
    try {
      while (this.#tellAgain) {
        this.#tellAgain = false;
        await this.#options.database.query({ name: 'outbox.tell', text: 'select pg_notify($1, $2)' }, [CHANNEL, '']);
      }
    } finally {
      this.#telling = false;
    }
  }
}
