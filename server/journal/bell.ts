// Who wants to know that something was committed: in this process at once, in others by NOTIFY, and every second
// whatever happens, because a NOTIFY sent while we reconnect is lost.
import type pg from 'pg';
import { asId, type SpaceId } from '../domain/ids.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import type { AppendedListener } from './journal.ts';

const CHANNEL = 'journal_appended';
const POLL_MS = 1_000;
/** Between two notifications. The first after a quiet time leaves at once; each costs a commit, also where nobody listens. */
const REST_MS = 50;
const RECONNECT_MS = 500;
const CLOSE_LIMIT_MS = 2_000;
/** PostgreSQL's limit of a notification is 8000 bytes; a head takes less than 30. */
const MOST_HEADS_TOLD = 200;

type Heads = ReadonlyMap<SpaceId, number>;

export class Bell {
  readonly #database: Database;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  readonly #listeners = new Set<AppendedListener>();
  /** Our own notifications come back to us and are ignored: our listeners were called directly. */
  readonly #self = crypto.randomUUID();
  #session: pg.Client | null = null;
  #connecting: Promise<void>;
  #reconnect: Timer | null = null;
  #poll: Timer;
  /** Heads that other processes were not told yet; null: nothing, 'unknown': they have to look themselves. */
  #untold: Map<SpaceId, number> | 'unknown' | null = null;
  #telling: Promise<void> | null = null;
  #endRest: (() => void) | null = null;
  #closed = false;

  /** `onLost`: the connection that listens was cut. */
  constructor(options: { database: Database; log: Log; clock: Clock; onLost?: () => void }) {
    this.#database = options.database;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#onLost = options.onLost ?? (() => undefined);
    this.#poll = this.#pollLater();
    this.#connecting = this.#connect();
  }

  on(listener: AppendedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** After a commit. `heads`: of the spaces that grew; undefined: not known. */
  ring(heads: Heads | undefined): void {
    this.#callListeners(heads);
    if (!heads || this.#untold === 'unknown') this.#untold = 'unknown';
    else this.#untold = new Map([...(this.#untold ?? []), ...heads]);
    this.#tell();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endRest?.();
    this.#poll.cancel();
    this.#reconnect?.cancel();
    this.#listeners.clear();
    // A PostgreSQL that hangs answers no good-bye; the connection then ends with the process.
    const limit = Promise.withResolvers<void>();
    const timer = this.#clock.after(CLOSE_LIMIT_MS, limit.resolve);
    await Promise.race([this.#disconnect(), limit.promise]);
    timer.cancel();
  }

  async #disconnect(): Promise<void> {
    await this.#connecting;
    await this.#telling;
    await this.#session?.end();
  }

  #callListeners(heads: Heads | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener(heads);
      } catch (error) {
        this.#log.error({ err: error }, 'a listener of the journal failed');
      }
    }
  }

  #pollLater(): Timer {
    return this.#clock.after(POLL_MS, () => {
      this.#poll = this.#pollLater();
      this.#callListeners(undefined);
    });
  }

  async #connect(): Promise<void> {
    try {
      const session = await this.#database.session();
      session.on('error', (error) => this.#lost(session, error));
      session.on('end', () => this.#lost(session, undefined));
      session.on('notification', ({ payload }) => this.#heard(payload ?? ''));
      this.#session = session;
      // A lost notification costs a second at most; waiting for the disk at each would cost more.
      await session.query('set synchronous_commit = off');
      await session.query(`listen ${CHANNEL}`);
      this.#tell();
    } catch (error) {
      this.#lost(this.#session, error);
    }
  }

  #lost(session: pg.Client | null, error: unknown): void {
    if (this.#closed || session !== this.#session || this.#reconnect) return;
    this.#log.warn({ err: error }, 'the journal does not hear other processes; it polls and reconnects');
    this.#session = null;
    session?.end(() => undefined);
    if (session) this.#onLost();
    this.#reconnect = this.#clock.after(RECONNECT_MS, () => {
      this.#reconnect = null;
      this.#connecting = this.#connect();
    });
  }

  /** Now, or when the connection is there again. */
  #tell(): void {
    if (this.#untold && this.#session && !this.#closed) this.#telling ??= this.#tellOthers();
  }

  async #tellOthers(): Promise<void> {
    while (this.#untold && this.#session && !this.#closed) {
      const heads = this.#untold === 'unknown' || this.#untold.size > MOST_HEADS_TOLD ? null : [...this.#untold];
      this.#untold = null;
      const payload = JSON.stringify({ from: this.#self, heads });
      try {
        await this.#session.query({
          name: 'journal.tell',
          text: 'select pg_notify($1, $2)',
          values: [CHANNEL, payload],
        });
      } catch (error) {
        this.#log.debug({ err: error }, 'other processes were not told; they poll');
      }
      await this.#rest();
    }
    this.#telling = null;
  }

  #rest(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.after(REST_MS, resolve);
      this.#endRest = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #heard(payload: string): void {
    const { from, heads } = JSON.parse(payload) as { from: string; heads: [number, number][] | null };
    if (from === this.#self) return;
    this.#callListeners(heads ? new Map(heads.map(([space, seq]) => [asId<SpaceId>(space), seq])) : undefined);
  }
}
