// Looks once a second, and whenever somebody says so, what there is to send, and gives it to the lane of its space and
// media.
import { type Media, mediaKinds } from '../../domain/contacts/events.ts';
import type { Directory } from '../../domain/directory.ts';
import type { AttemptId, BroadcastId, SpaceId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { liveBroadcasts, startScheduled } from '../../store/live-broadcasts.ts';
import type { Channels } from './channels.ts';
import type { Ready } from './claims.ts';
import { Lane } from './lane.ts';
import type { Submits } from './submits.ts';

export interface SenderOptions {
  db: Database;
  channels: Channels;
  submits: Submits;
  directory: (space: SpaceId) => Directory | undefined;
  newAttemptId: () => AttemptId;
  clock: Clock;
  background: Background;
  log: Log;
}

const everyMs = 1_000;

export class Sender {
  readonly #options: SenderOptions;
  readonly #lanes = new Map<string, Lane>();
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #lookOnceMore = false;
  #stopped = true;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#stopped) return;
    this.#lookOnceMore = true;
    if (this.#looking) return;
    this.#looking = this.#lookWhileAsked();
    this.#options.background.run('look for messages to send', this.#looking);
  }

  /** A channel has more room, or is up or down. */
  channelChanged(space: SpaceId, media: Media): void {
    const lane = this.#lanes.get(laneKey(space, media));
    if (lane) lane.roomGrew();
    else this.wake();
  }

  /** This process is at it. */
  holds(attempt: AttemptId): boolean {
    return [...this.#lanes.values()].some((lane) => lane.holds(attempt));
  }

  /** What has not been submitted of it waits again when this resolves. */
  async drop(broadcast: BroadcastId): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.drop(broadcast)));
  }

  /** A single send that has not begun, taken out of the way. */
  pull(attempt: AttemptId): Ready | undefined {
    for (const lane of this.#lanes.values()) {
      const ready = lane.pull(attempt);
      if (ready) return ready;
    }
    return undefined;
  }

  /** Takes no more; waits for what is being submitted at most `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(limitMs)));
  }

  async #lookWhileAsked(): Promise<void> {
    this.#timer?.cancel();
    while (this.#lookOnceMore && !this.#stopped) {
      this.#lookOnceMore = false;
      try {
        await this.#look();
      } catch (error) {
        const { log } = this.#options;
        if (isAppError(error, 'database.unavailable')) log.debug({ err: error }, 'broadcasts wait for the database');
        else log.error({ err: error }, 'looking for messages to send failed');
      }
    }
    this.#looking = null;
    if (!this.#stopped) this.#timer = this.#options.clock.after(everyMs, () => this.wake());
  }

  async #look(): Promise<void> {
    const { db, clock, channels } = this.#options;
    await startScheduled(db, clock.now());
    const live = await liveBroadcasts(db);
    for (const { space, media } of live) this.#laneOf(space, media);
    for (const { setup } of channels.all()) this.#laneOf(setup.space, setup.media);
    for (const [key, lane] of this.#lanes) {
      lane.look(live.filter(({ space, media }) => laneKey(space, media) === key));
    }
  }

  #laneOf(space: SpaceId, media: Media): void {
    const key = laneKey(space, media);
    if (this.#lanes.has(key)) return;
    const settings = () => this.#options.directory(space)?.space;
    this.#lanes.set(key, new Lane({ ...this.#options, space, media, settings }));
  }
}

const laneKey = (space: SpaceId, media: Media): string => `${space} ${mediaKinds.indexOf(media)}`;
