// What is asked of broadcasts and of single sends. What REST has written (contacts, a single send) is found by itself;
// wake() spares it the wait for the next look.
import type { ChannelHealth } from '../../channels/message.ts';
import type { Media } from '../../domain/contacts/events.ts';
import type { Directory } from '../../domain/directory.ts';
import { whyWaiting, type WhyWaiting } from '../../domain/contacts/why-waiting.ts';
import { after, type AttemptId, type BroadcastId, type ChannelId, type SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import { nextDueAt, takeSend } from '../../store/contact-claims.ts';
import {
  broadcastsOfIds,
  hasWaiting,
  type LiveState,
  lockBroadcast,
  type LockedBroadcast,
  setBroadcastState,
} from '../../store/live-broadcasts.ts';
import type { Channels } from './channels.ts';
import { lookAfterMs } from './claims.ts';
import type { Sender } from './sender.ts';
import { type Starts, stateAtStart } from './starts.ts';
import type { Submits } from './submits.ts';

export interface BroadcastDesk {
  /**
   * Runs one that is ready or paused; if its `starts_at` is to come, it is scheduled. A draft runs if nothing is found
   * wrong with it and its contacts: of many it is `validating` when this resolves, and goes on by itself.
   * Rejects with `request.not_found`, `broadcast.wrong_state`, `broadcast.nothing_to_send` (no contact waits),
   * `broadcast.no_channel` (the space has no enabled channel of its media), `broadcast.check_failed`.
   */
  start(space: SpaceId, broadcast: BroadcastId): Promise<void>;
  /**
   * Nothing is submitted any more when it resolves, but what a carrier is being asked at that moment; what was submitted
   * is followed to its end. A start whose contacts are being looked at is taken back: it is a draft again.
   * Rejects with `request.not_found`, `broadcast.wrong_state`.
   */
  pause(space: SpaceId, broadcast: BroadcastId): Promise<void>;
  /** As pause, and for good: contacts that wait are reported as aborted, page by page. Rejects likewise. */
  cancel(space: SpaceId, broadcast: BroadcastId): Promise<void>;
  /** A single send that has not left. Rejects with `request.not_found`, `message.left`. */
  cancelSend(space: SpaceId, attempt: AttemptId): Promise<void>;
  /** Contacts were added, or a single send was written. */
  wake(): void;
  /** Channels of the space were added, changed or removed. */
  channelsChanged(space: SpaceId): void;
  /** null: no such channel, or it is not enabled. */
  channelHealth(channel: ChannelId): ChannelHealth | null;
  /** Why a running broadcast sends nothing now; null: it does, or does not run. */
  whyWaiting(space: SpaceId, broadcast: BroadcastId): Promise<WhyWaiting | null>;
}

export interface BroadcastDeskOptions {
  db: Database;
  channels: Channels;
  sender: Sender;
  submits: Submits;
  starts: Starts;
  directory: (space: SpaceId) => Directory | undefined;
  clock: Clock;
  background: Background;
}

export class RunningBroadcasts implements BroadcastDesk {
  readonly #options: BroadcastDeskOptions;

  constructor(options: BroadcastDeskOptions) {
    this.#options = options;
  }

  async start(space: SpaceId, broadcast: BroadcastId): Promise<void> {
    const { db, clock, sender, starts } = this.#options;
    const asked = await db.transaction(async (tx) => {
      const locked = await lockBroadcast(tx, space, broadcast);
      if (!locked) throw notThere();
      const { state, media, startAskedAt } = locked;
      const isUnchecked = (state === 'draft' || state === 'validating') && startAskedAt === null;
      if (!isUnchecked && state !== 'ready' && state !== 'paused') throw wrongState(state, 'started');
      await this.#requireSomebody(tx, { space, broadcast, media });
      if (isUnchecked) return await starts.ask(tx, space, broadcast);
      const now = clock.now();
      await setBroadcastState(tx, space, broadcast, { state: stateAtStart(locked, now), now });
      return null;
    });
    if (asked) await starts.look(asked);
    else sender.wake();
  }

  async pause(space: SpaceId, broadcast: BroadcastId): Promise<void> {
    await this.#change(space, broadcast, async (_tx, { state, startAskedAt }) => {
      if (startAskedAt !== null) return 'draft';
      if (state !== 'running' && state !== 'scheduled') throw wrongState(state, 'paused');
      return 'paused';
    });
    await this.#options.sender.drop(broadcast);
  }

  async cancel(space: SpaceId, broadcast: BroadcastId): Promise<void> {
    await this.#change(space, broadcast, async (_tx, { state }) => {
      if (state === 'done' || state === 'cancelled') throw wrongState(state, 'cancelled');
      return 'cancelled';
    });
    await this.#options.sender.drop(broadcast);
    this.#options.sender.wake();
  }

  async cancelSend(space: SpaceId, attempt: AttemptId): Promise<void> {
    const { db, submits, sender, clock } = this.#options;
    const settings = this.#options.directory(space)?.space;
    if (!settings) throw notThere();
    const held = sender.pull(attempt);
    if (held) return await submits.abort(settings, held, 'cancelled');
    const contact = await db.transaction((tx) => takeSend(tx, space, attempt, after(clock.now(), lookAfterMs)));
    if (contact === undefined) throw notThere();
    if (contact === 'left')
      throw new AppError('message.left', 'It waits no more: it has left, is being submitted, or was cancelled.');
    const { text, from } = contact.content ?? { text: '', from: null };
    const taken = { contact, attempt, broadcast: null, text, from, blocked: 'cancelled', forSandbox: false } as const;
    await submits.abort(settings, taken, 'cancelled');
  }

  wake(): void {
    this.#options.sender.wake();
  }

  channelsChanged(_space: SpaceId): void {
    const { channels, sender, background } = this.#options;
    background.run(
      'look for channels',
      channels.look().then(() => sender.wake()),
    );
  }

  channelHealth(channel: ChannelId): ChannelHealth | null {
    return this.#options.channels.health(channel);
  }

  async whyWaiting(space: SpaceId, id: BroadcastId): Promise<WhyWaiting | null> {
    const { db, channels, clock } = this.#options;
    const broadcast = (await broadcastsOfIds(db, space, [id])).get(id);
    if (broadcast?.state !== 'running') return null;
    const states = channels.of(space, broadcast.media).map(({ channel }) => channel.state);
    return whyWaiting({ channels: states, nextDueAt: await nextDueAt(db, space, id), now: clock.now() });
  }

  async #requireSomebody(
    tx: Transaction,
    { space, broadcast, media }: { space: SpaceId; broadcast: BroadcastId; media: Media },
  ): Promise<void> {
    const { channels } = this.#options;
    if (!(await hasWaiting(tx, space, broadcast))) {
      throw new AppError('broadcast.nothing_to_send', 'No contact of the broadcast waits to be sent to.');
    }
    if (channels.of(space, media).length === 0) await channels.look(); // One that was added a moment ago.
    if (channels.of(space, media).length === 0) {
      throw new AppError('broadcast.no_channel', `The space has no enabled channel for ${media}.`);
    }
  }

  async #change(
    space: SpaceId,
    id: BroadcastId,
    next: (tx: Transaction, broadcast: LockedBroadcast) => Promise<'draft' | LiveState>,
  ): Promise<void> {
    const { db, clock } = this.#options;
    await db.transaction(async (tx) => {
      const broadcast = await lockBroadcast(tx, space, id);
      if (!broadcast) throw notThere();
      await setBroadcastState(tx, space, id, { state: await next(tx, broadcast), now: clock.now() });
    });
  }
}

const notThere = () => new AppError('request.not_found', 'There is no such thing here.');

function wrongState(state: string, asked: string): AppError {
  return new AppError('broadcast.wrong_state', `The broadcast is ${state}; it cannot be ${asked}.`);
}
