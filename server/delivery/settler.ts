// Writes down what became of tries, as many as wait in one statement. Nothing is dropped: while the database is away
// they wait, and whoever waits for them sends nothing of the same key.
import { isAppError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { type LaneHealth, type Outcome, settle } from './outbox-sql.ts';

interface Waiting {
  outcome: Outcome;
  health: LaneHealth | null;
  tell(ours: boolean): void;
}

export interface SettlerOptions {
  database: Database;
  clock: Clock;
  log: Log;
  /** The token under which a partition is ours now; undefined: it is not. */
  tokenOf(partition: number): number | undefined;
  /** It is written. */
  settled(outcome: Outcome): void;
}

const MOST_AT_ONCE = 500;
const TRY_AGAIN_MS = 200;

export class Settler {
  readonly #options: SettlerOptions;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** True: written. False: the partition has another owner, and nothing was. Never rejects. */
  settle(outcome: Outcome, health: LaneHealth | null): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ outcome, health, tell: resolve });
      this.#writing ??= this.#writeAll();
    });
  }

  /** What waits is written if the database answers; it is not waited for. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await null; // What ends in the same turn goes into the same statement.
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      await this.#write(batch.filter((each) => this.#isOurs(each)));
      for (const each of batch) if (!this.#isOurs(each)) each.tell(false);
    }
    this.#writing = null;
  }

  #isOurs({ outcome: { partition, token } }: Waiting): boolean {
    return this.#options.tokenOf(partition) === token;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const { database, clock, log, settled } = this.#options;
    for (;;) {
      try {
        const held = await settle(
          database,
          batch.map(({ outcome }) => outcome),
          healthsOf(batch),
        );
        for (const { outcome, tell } of batch) {
          const ours = held.has(outcome.partition);
          if (ours) settled(outcome);
          tell(ours);
        }
        return;
      } catch (error) {
        const away = isAppError(error, 'database.unavailable');
        if (!away && batch.length > 1) {
          for (const each of batch) await this.#write([each]); // So that one bad apple keeps none of the others waiting.
          return;
        }
        log[away ? 'warn' : 'error']({ err: error }, 'what became of pushes cannot be written down; it is tried again');
        if (this.#closed) return batch.forEach(({ tell }) => tell(false));
        await new Promise<void>((resolve) => clock.after(TRY_AGAIN_MS, resolve));
      }
    }
  }
}

/** The last of each lane. */
function healthsOf(batch: readonly Waiting[]): LaneHealth[] {
  const healths = new Map<number, LaneHealth>();
  for (const { health } of batch) if (health) healths.set(health.lane.endpoint, health);
  return [...healths.values()];
}
