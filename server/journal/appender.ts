// The one writer of a process. What waits while a batch is being committed makes the next batch:
//
//   append ──► waiting ──► batch ──► one statement ──► resolved, told to the listeners
//                 ▲                     │
//                 │                     ├─ an append is at fault ──► the batch again, append by append
//                 └──── kept, in order ─┴─ PostgreSQL is away ─────► the same batch again, after a pause
//
// An idle appender writes at once: there is no delay to fill a batch. Only where all that waits is patient it gathers for
// a moment, or until something comes that is not.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { SpaceId } from '../domain/ids.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { Batch, isWritten, type PendingAppend, pendingAppend, writeBatch } from './append-sql.ts';
import type { Append } from './journal.ts';
import type { RecentEvents } from './recent-events.ts';

export interface AppenderOptions {
  database: Database;
  log: Log;
  clock: Clock;
  /** Gets what was committed. */
  recent: RecentEvents;
  /** Called after each commit with the new heads; undefined: look yourself. */
  committed(heads: ReadonlyMap<SpaceId, number> | undefined): void;
  /** Most events waiting; beyond it appends are refused. */
  maxWaiting: number;
  /** Most events in a statement, unless a single append has more. */
  maxBatch: number;
}

interface Waiting {
  pending: PendingAppend;
  patient: boolean;
  written: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

type Outcome = 'written' | 'conflict' | { fault: unknown };

/** Each statement costs a commit and some 0.5 ms of CPU, whatever is in it. */
const GATHER_MS = 10;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

export class Appender {
  readonly #options: AppenderOptions;
  /** In order; the batch being written stays in front until its outcome is known. */
  readonly #waiting: Waiting[] = [];
  #waitingEvents = 0;
  #running: Promise<void> | null = null;
  #away = false;
  #closing = false;
  /** Set when close() has waited long enough: the pause ends and nothing is tried again. */
  #abandoned = false;
  #endPause: (() => void) | null = null;
  /** How many of those that wait are not patient. */
  #urgent = 0;
  #endGathering: (() => void) | null = null;
  /** Those who wait in settled(), to be told when PostgreSQL goes away. */
  readonly #settling = new Set<() => void>();
  // Random start, then counted: as good as random for telling two writers apart, and cheaper.
  #nextId = randomBytes(8).readBigUInt64BE() >> 2n;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  get available(): boolean {
    return !this.#away;
  }

  append(append: Append): Promise<void> {
    if (this.#closing) return Promise.reject(new AppError('server.draining', 'The journal is closed.'));
    const pending = pendingAppend(String(this.#nextId++), append);
    if (pending.eventCount === 0) return Promise.resolve();
    if (this.#waitingEvents + pending.eventCount > this.#options.maxWaiting && this.#waiting.length > 0) {
      return Promise.reject(new AppError('journal.full', `${this.#waitingEvents} events wait for the database.`));
    }
    const { patient = false } = append;
    const { promise: written, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ pending, patient, written, resolve, reject });
    this.#waitingEvents += pending.eventCount;
    if (!patient) this.#hurry();
    this.#running ??= this.#writeAll();
    return written;
  }

  /** Resolves when all that was appended before is written or refused, or PostgreSQL is known to be away. */
  async settled(): Promise<void> {
    const last = this.#waiting.at(-1);
    if (!last || this.#away) return;
    if (last.patient) {
      last.patient = false;
      this.#hurry();
    }
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    this.#settling.add(resolve);
    void last.written.then(resolve, resolve); // What became of it is its own business.
    await settled;
    this.#settling.delete(resolve);
  }

  #hurry(): void {
    this.#urgent++;
    this.#endGathering?.();
  }

  /** The database seems to have gone: not available until it has answered. A write under way finds out by itself. */
  doubt(): void {
    if (this.#running || this.#closing) return;
    this.#goneAway();
    this.#running = this.#askThenWrite();
  }

  /** Writes what waits, for at most `limitMs`; what then remains is rejected with `database.unavailable`. */
  async close(limitMs: number): Promise<void> {
    this.#closing = true;
    this.#endGathering?.();
    if (!this.#running) return;
    const limit = this.#options.clock.after(limitMs, () => {
      this.#abandoned = true;
      this.#endPause?.();
      this.#settle(this.#waiting.length, { fault: stopped() });
    });
    await this.#running;
    limit.cancel();
  }

  async #askThenWrite(): Promise<void> {
    await this.#persisted(async () => {
      await this.#options.database.query('select 1');
      return 'written';
    });
    await this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // All that is appended in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      if (this.#urgent === 0 && !this.#closing) await this.#gather();
      await this.#writeNext();
    }
    this.#running = null;
  }

  /** The whole batch; if something in it is at fault, each append by itself, so that only the guilty one is refused. */
  async #writeNext(): Promise<void> {
    const batch = this.#nextBatch();
    if (batch.appends.length > 1) {
      const outcome = await this.#persisted(() => this.#write(batch));
      if (outcome === 'written') return this.#settle(batch.appends.length, outcome);
    }
    for (const { pending } of this.#waiting.slice(0, Math.max(1, batch.appends.length))) {
      this.#settle(1, await this.#persisted(() => this.#writeAlone(pending)));
    }
  }

  #nextBatch(): Batch {
    const batch = new Batch();
    for (const { pending } of this.#waiting) {
      if (batch.appends.length > 0 && batch.eventCount + pending.eventCount > this.#options.maxBatch) break;
      if (!batch.add(pending)) break;
    }
    return batch;
  }

  async #writeAlone(append: PendingAppend): Promise<Outcome> {
    const batch = new Batch();
    if (!batch.add(append)) return 'conflict';
    try {
      return await this.#write(batch);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
    if (!(await isWritten(this.#options.database, append))) return 'conflict';
    this.#options.committed(undefined);
    return 'written';
  }

  async #write(batch: Batch): Promise<Outcome> {
    const heads = await writeBatch(this.#options.database, batch);
    if (!heads) return 'conflict';
    for (const events of batch.written(heads)) this.#options.recent.add(events);
    this.#options.committed(heads);
    return 'written';
  }

  /** Tries again, with growing pauses, for as long as the reason is PostgreSQL and not the append. */
  async #persisted(write: () => Promise<Outcome>): Promise<Outcome> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#abandoned; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const outcome = await write();
        this.#databaseAnswered();
        return outcome;
      } catch (error) {
        if (isFaultOfAppend(error)) {
          this.#databaseAnswered();
          return { fault: error };
        }
        if (!this.#away) this.#options.log.warn({ err: error }, 'the journal waits for the database');
        this.#goneAway();
        await this.#rest(pauseMs);
      }
    }
    return { fault: stopped() };
  }

  #goneAway(): void {
    this.#away = true;
    for (const tell of this.#settling) tell();
  }

  #databaseAnswered(): void {
    if (this.#away) this.#options.log.info({ waiting: this.#waitingEvents }, 'the journal has the database again');
    this.#away = false;
  }

  async #gather(): Promise<void> {
    await this.#pause(GATHER_MS, (end) => (this.#endGathering = end));
    this.#endGathering = null;
  }

  async #rest(ms: number): Promise<void> {
    await this.#pause(ms, (end) => (this.#endPause = end));
    this.#endPause = null;
  }

  #pause(ms: number, endedBy: (end: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ms, resolve);
      endedBy(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Of the oldest `count`. After the limit of close() there are none left. */
  #settle(count: number, outcome: Outcome): void {
    for (const { pending, patient, resolve, reject } of this.#waiting.splice(0, count)) {
      this.#waitingEvents -= pending.eventCount;
      if (!patient) this.#urgent--;
      if (outcome === 'written') resolve();
      else reject(outcome === 'conflict' ? conflictOf(pending) : outcome.fault);
    }
  }
}

const stopped = () => new AppError('database.unavailable', 'The server stopped before the database answered.');

function conflictOf({ streams }: PendingAppend): AppError {
  const expected = streams.map(({ stream, expected }) => `${stream} at ${expected}`).join(', ');
  return new AppError('journal.conflict', `A stream is not at the expected version (${expected}).`);
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505';
}

/** PostgreSQL appendix A: only these classes speak about what was to be written (0A, 21, 22, 23, 42: the statement and
 *  its data, 54: limits such as the size of a key). All others, such as a full disk or a standby, may pass. */
function isFaultOfAppend(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(0A|21|22|23|42|54)/.test(error.code ?? '');
  return !isAppError(error, 'database.unavailable');
}
