// Looks again when another process says that something changed.
import type pg from 'pg';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';

export interface WatchOptions {
  db: Database;
  log: Log;
  clock: Clock;
  channel: string;
  /** Polls as well: a NOTIFY sent while we reconnect is lost, and behind a pooler none arrives. */
  everyMs: number;
  /** Never runs twice at once; after a notice during a run it runs once more. */
  look(): Promise<void>;
}

export class Watch {
  readonly #options: WatchOptions;
  #session: pg.Client | undefined;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #waking: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    await this.#listen();
    this.#sleep();
  }

  /** Looks now; resolves when a look that began after this call is done. A failed look is logged and repeated later. */
  async lookNow(): Promise<void> {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return await this.#running;
    }
    this.#running = this.#lookUntilQuiet();
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#waking;
    await this.#running;
    await this.#session?.end();
  }

  async #lookUntilQuiet(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#options.look();
      } catch (error) {
        this.#options.log.warn({ err: error, channel: this.#options.channel }, 'looking for changes failed');
      }
    } while (this.#again && !this.#closed);
    this.#running = undefined; // In the same step as the last question whether to look again: none falls between.
  }

  async #listen(): Promise<void> {
    const { db, log, channel } = this.#options;
    const session = await db.session();
    session.on('notification', () => void this.lookNow());
    session.on('error', (error) => {
      log.warn({ err: error, channel }, 'connection that listens for changes lost');
      this.#session = undefined;
    });
    session.on('end', () => (this.#session = undefined));
    await session.query(`listen ${channel}`);
    this.#session = session;
  }

  #sleep(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(this.#options.everyMs, () => {
      this.#waking = this.#wake();
    });
  }

  async #wake(): Promise<void> {
    try {
      if (!this.#session) await this.#listen();
      if (!this.#closed) await this.lookNow();
    } catch (error) {
      this.#options.log.warn({ err: error, channel: this.#options.channel }, 'cannot listen for changes');
    } finally {
      this.#sleep();
    }
  }
}
