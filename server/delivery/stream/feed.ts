// Carries frames from the log to the rooms that have clients. Woken by the projection's commits in this process, and
// polls, because another process may run the projection.
import type { SpaceId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { readNewFrames, type SpaceFrame } from '../../projections/supervision/frame-store.ts';
import { Room } from './room.ts';

const POLL_MS = 200;
const PAGE = 200;
/** Sending may take a third of this process's time: what it spends, it then rests twice, and later frames gather. */
const REST_FACTOR = 2;
const MOST_REST_MS = 50;
/** Polls for which an empty room is kept. */
const EMPTY_POLLS = 150;

export class Feed {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rooms = new Map<SpaceId, Promise<Room>>();
  readonly #open = new Map<SpaceId, { room: Room; emptyPolls: number }>();
  readonly #cut: (clients: number) => void;
  #asked = false;
  #failing = false;
  #running: Promise<void> | null = null;
  #poll: Timer | null = null;
  #closed = false;

  /** `cut`: told how many clients were cut off because they stalled. */
  constructor(options: { database: Database; clock: Clock; log: Log; cut: (clients: number) => void }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#cut = options.cut;
    this.#pollLater();
  }

  /** The room, already counting one more `joining`. Rejects with `database.unavailable`. */
  async enter(space: SpaceId): Promise<Room> {
    let opening = this.#rooms.get(space);
    if (!opening) {
      opening = this.#openRoom(space);
      this.#rooms.set(space, opening);
    }
    const room = await opening;
    room.joining++;
    return room;
  }

  /** There may be new frames. */
  wake(): void {
    this.#asked = true;
    if (!this.#closed) this.#running ??= this.#run();
  }

  /** Resolves when the rooms have all that was in the log at the time of the call. */
  async caughtUp(): Promise<void> {
    await this.#running;
    this.wake();
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#poll?.cancel();
    await this.#running;
  }

  async #openRoom(space: SpaceId): Promise<Room> {
    try {
      const room = await Room.open({ space, database: this.#database, clock: this.#clock });
      this.#open.set(space, { room, emptyPolls: 0 });
      return room;
    } catch (error) {
      this.#rooms.delete(space);
      throw error;
    }
  }

  async #run(): Promise<void> {
    while (this.#asked && !this.#closed) {
      this.#asked = false;
      try {
        await this.#round();
        this.#failing = false;
      } catch (error) {
        this.#tellOnce(error);
        break; // The next poll asks again.
      }
    }
    this.#running = null;
  }

  #tellOnce(error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    if (isAppError(error, 'database.unavailable')) this.#log.warn({ err: error }, 'the stream waits for the database');
    else this.#log.error({ err: error }, 'the stream cannot read new frames');
  }

  async #round(): Promise<void> {
    const got = new Map([...this.#open.values()].map(({ room }) => [room.space, room.cpt]));
    if (got.size === 0) return;
    const bySpace = Map.groupBy(await readNewFrames(this.#database, got, PAGE), ({ space }) => space);
    const began = performance.now();
    for (const [space, frames] of bySpace) {
      if (frames.length === PAGE) this.#asked = true;
      this.#give(space, frames);
    }
    const rest = Math.min(MOST_REST_MS, REST_FACTOR * (performance.now() - began));
    if (rest >= 1) await new Promise<void>((resolve) => this.#clock.after(rest, resolve));
  }

  #give(space: SpaceId, frames: readonly SpaceFrame[]): void {
    const room = this.#open.get(space)?.room;
    // Left and opened anew since the question was asked, it has some of them already.
    const fresh = room ? frames.filter(({ cpt }) => cpt > room.cpt) : [];
    if (!room || fresh.length === 0) return;
    const stalled = room.take(fresh);
    if (stalled === 0) return;
    this.#cut(stalled);
    this.#log.warn({ space, clients: stalled }, 'clients that did not take what they were sent were cut off');
  }

  #pollLater(): void {
    this.#poll = this.#clock.after(POLL_MS, () => {
      if (this.#closed) return;
      for (const [space, entry] of this.#open) {
        entry.emptyPolls = entry.room.isEmpty ? entry.emptyPolls + 1 : 0;
        if (entry.emptyPolls > EMPTY_POLLS) this.#forget(space);
      }
      if (this.#open.size > 0) this.wake();
      this.#pollLater();
    });
  }

  #forget(space: SpaceId): void {
    this.#open.delete(space);
    this.#rooms.delete(space);
  }
}
