// One space's part of the stream: what its clients have been told, and how a new one joins without gap or repeat.
//
//   frames in order ──► take: state, recent, to every member at once
//   join(since): log ──► … ──► recent ──► member, the last two in one go, so that nothing falls between
import type { Socket } from 'socket.io';
import type { Snapshot, Update } from '../../../contract/supervision.ts';
import type { Directory } from '../../domain/directory.ts';
import type { SpaceId } from '../../domain/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import { readFrames, readState } from '../../projections/supervision/frame-store.ts';
import { applyFrame, type Frame, type SupervisionState } from '../../projections/supervision/state.ts';
import { snapshotOf } from './snapshot.ts';
import { backlogOf, cutOff, encodeBatch, sendBatch } from './wire.ts';

/** Frames that a joining client is given from memory; what is older comes from the log. */
const RECENT_FRAMES = 1_000;
const REPLAY_PAGE = 500;
/** A client that has not taken so much is cut off. */
export const MOST_BACKLOG = { packets: 5_000, bytes: 1 << 20 };
/** While it catches up it is given no more than this ahead of what it has taken. */
const REPLAY_BACKLOG_BYTES = 256 * 1024;
const REPLAY_WAIT_MS = 20;
const MOST_REPLAY_WAITS = 1_500;

/** `gone`: the client left or was cut meanwhile; `too_old`: frames that it needs are deleted. */
export type Replay = 'joined' | 'gone' | 'too_old';

export class Room {
  readonly space: SpaceId;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #members = new Set<Socket>();
  #state: SupervisionState;
  #recent: Frame[] = [];
  /** Clients on their way in. */
  joining = 0;

  static async open(options: { space: SpaceId; database: Database; clock: Clock }): Promise<Room> {
    return new Room({ ...options, state: await readState(options.database, options.space) });
  }

  private constructor(options: { space: SpaceId; database: Database; clock: Clock; state: SupervisionState }) {
    this.space = options.space;
    this.#database = options.database;
    this.#clock = options.clock;
    this.#state = options.state;
  }

  get cpt(): number {
    return this.#state.cpt;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.joining === 0;
  }

  /** The next frames in order; returns how many clients were cut off because they do not take what they are sent. */
  take(frames: readonly Frame[]): number {
    this.#state = frames.reduce(applyFrame, this.#state);
    this.#recent = [...this.#recent, ...frames].slice(-RECENT_FRAMES);
    if (this.#members.size === 0) return 0;
    const batch = encodeBatch(this.#updatesOf(frames));
    let stalled = 0;
    for (const socket of this.#members) {
      sendBatch(socket.conn, batch);
      if (!isStalled(socket)) continue;
      stalled++;
      this.leave(socket);
      cutOff(socket.conn);
    }
    return stalled;
  }

  /** Its next update is the one after `cpt`. */
  join(socket: Socket): void {
    if (socket.connected) this.#members.add(socket);
  }

  leave(socket: Socket): void {
    this.#members.delete(socket);
  }

  /** Sends what came after `since` (at most `cpt`), then joins. Rejects with `database.unavailable`. */
  async replay(socket: Socket, since: number): Promise<Replay> {
    let sent = since;
    for (;;) {
      if (!socket.connected || !(await this.#hasTaken(socket))) return 'gone';
      if (this.#inMemory(sent)) {
        this.#send(socket, this.#recent.slice(this.#recent.length - (this.cpt - sent)));
        this.join(socket);
        return 'joined';
      }
      const frames = await readFrames(this.#database, this.space, sent, { upTo: this.cpt, limit: REPLAY_PAGE });
      if (frames[0]?.cpt !== sent + 1) return 'too_old';
      this.#send(socket, frames);
      sent = frames.at(-1)!.cpt;
    }
  }

  snapshot(directory: Directory): Snapshot {
    return snapshotOf(this.#state, directory, this.#clock.now());
  }

  #inMemory(sent: number): boolean {
    return this.cpt - sent <= this.#recent.length;
  }

  #send(socket: Socket, frames: readonly Frame[]): void {
    if (frames.length > 0) sendBatch(socket.conn, encodeBatch(this.#updatesOf(frames)));
  }

  async #hasTaken(socket: Socket): Promise<boolean> {
    for (let waits = 0; backlogOf(socket.conn).bytes > REPLAY_BACKLOG_BYTES; waits++) {
      if (waits === MOST_REPLAY_WAITS) cutOff(socket.conn);
      if (!socket.connected) return false;
      await new Promise<void>((resolve) => this.#clock.after(REPLAY_WAIT_MS, resolve));
    }
    return socket.connected;
  }

  #updatesOf(frames: readonly Frame[]): Update[] {
    const now = this.#clock.now();
    const ts = Math.floor(now / 1000);
    return frames.map(({ at, event, cpt }) => ({ ts, elapse: Math.max(0, Math.floor((now - at) / 1000)), event, cpt }));
  }
}

function isStalled(socket: Socket): boolean {
  const { packets, bytes } = backlogOf(socket.conn);
  return packets > MOST_BACKLOG.packets || bytes > MOST_BACKLOG.bytes;
}
