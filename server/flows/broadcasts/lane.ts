// The messages of one media of one space on their way to its carriers:
//
//   rows that wait ──► claimed ──► ready, some hundred ──► begun ──► submitted ──► moved on
//        ▲                             │                     │           │
//        └───── put back ──────────────┴── pause, no channel ┴─ not sent ┘
//
// Only the channels of the highest priority that are up are used; when they go down, those of the next.
import type { MessageChannel } from '../../channels/message.ts';
import type { Media } from '../../domain/contacts/events.ts';
import { heldReady } from '../../domain/contacts/pacing.ts';
import type { SpaceSettings } from '../../domain/directory.ts';
import {
  after,
  type AttemptId,
  type BroadcastId,
  type ChannelId,
  type ContactId,
  type Instant,
  type SpaceId,
} from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { holdLonger } from '../../store/contact-claims.ts';
import { endIfFinished, type LiveBroadcast } from '../../store/live-broadcasts.ts';
import type { Channels, OpenChannel } from './channels.ts';
import { ChangedHours } from './changed-hours.ts';
import { claimOf, type Claimed, type Claiming, claimSends, lookAfterMs, type Ready } from './claims.ts';
import type { Submits } from './submits.ts';

export interface LaneOptions {
  space: SpaceId;
  media: Media;
  db: Database;
  channels: Pick<Channels, 'of'>;
  submits: Submits;
  settings: () => SpaceSettings | undefined;
  newAttemptId: () => AttemptId;
  clock: Clock;
  background: Background;
  log: Log;
}

const mostAborting = 500;

/** A contact that was taken, and what became of him is not known. */
interface Held {
  broadcast: BroadcastId | null;
  contact: ContactId;
  /** Of all that were claimed with him. */
  stop: AbortController;
  /** From then on somebody else may look after him. */
  until: Instant;
}

/** Messages on their way to a channel. */
interface Leaving {
  beginning: number;
  submitted: number;
  /** What it takes at once, as far as it has shown. */
  window: number;
}

export class Lane {
  readonly #options: LaneOptions;
  /** Taken, not begun; the highest priority first. */
  #ready: Ready[] = [];
  readonly #leaving = new WeakMap<MessageChannel, Leaving>();
  readonly #inHand = new Map<AttemptId, Held>();
  readonly #hours: ChangedHours;
  #broadcasts: readonly LiveBroadcast[] = [];
  #filling: Promise<void> | null = null;
  /** One claim of all broadcasts; many may follow each other while `#filling`. True: it went well. */
  #round: Promise<boolean> = Promise.resolve(true);
  #fillOnceMore = false;
  /** The last claim left nothing that is due. */
  #drained = false;
  #timer: Timer | null = null;
  #holding = false;
  #pumping = false;
  /** How many are being aborted now. */
  #aborting = 0;
  #stopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#hours = new ChangedHours(options);
  }

  get inHand(): number {
    return this.#inHand.size;
  }

  holds(attempt: AttemptId): boolean {
    return this.#inHand.has(attempt);
  }

  /** There may be something to do: `broadcasts`, the live ones of this space and media, the highest priority first. */
  look(broadcasts: readonly LiveBroadcast[]): void {
    this.#broadcasts = broadcasts;
    this.#hours.keep(broadcasts);
    this.#drained = false;
    if (!this.#holding) this.#options.background.run('hold contacts', this.#holdLonger());
    this.#fill();
  }

  /** Channels have more room. */
  roomGrew(): void {
    this.#pumpSoon();
  }

  /** What has not been submitted of it waits again when this resolves; what is on the wire is followed to its end. */
  async drop(broadcast: BroadcastId): Promise<void> {
    await this.#round;
    const dropped = this.#ready.filter((ready) => ready.broadcast?.id === broadcast);
    this.#ready = this.#ready.filter((ready) => ready.broadcast?.id !== broadcast);
    for (const [, { broadcast: of, stop }] of this.#inHand) if (of === broadcast) stop.abort();
    await Promise.all(dropped.map((ready) => this.#putBack(ready)));
  }

  /** A single send that has not begun: it is the caller's now. */
  pull(attempt: AttemptId): Ready | undefined {
    const index = this.#ready.findIndex((ready) => ready.attempt === attempt);
    if (index < 0) return undefined;
    this.#inHand.delete(attempt);
    return this.#ready.splice(index, 1)[0];
  }

  /** Begins nothing more; what is ready waits again. What is being submitted is awaited at most `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#filling;
    await this.#putAllBack();
    for (let waitedMs = 0; this.#inHand.size > 0 && waitedMs < limitMs; waitedMs += 20) {
      await new Promise<void>((resolve) => this.#options.clock.after(20, resolve));
    }
  }

  #fill(): void {
    if (this.#stopped) return;
    this.#fillOnceMore = true;
    if (this.#filling) return;
    this.#filling = this.#fillWhileAsked();
    this.#options.background.run('claim contacts', this.#filling);
  }

  async #fillWhileAsked(): Promise<void> {
    while (this.#fillOnceMore && !this.#stopped) {
      this.#fillOnceMore = false;
      this.#round = this.#claimUnlessFailing();
      if (!(await this.#round)) break; // The next look comes within a second.
    }
    this.#filling = null;
  }

  async #claimUnlessFailing(): Promise<boolean> {
    try {
      await this.#claimAll();
      return true;
    } catch (error) {
      const { log } = this.#options;
      if (isAppError(error, 'database.unavailable')) log.debug({ err: error }, 'contacts wait for the database');
      else log.error({ err: error }, 'contacts could not be claimed');
      return false;
    }
  }

  async #claimAll(): Promise<void> {
    const settings = this.#options.settings();
    if (!settings) return;
    const top = this.#top();
    if (top.length === 0) await this.#putAllBack();
    let more = top.length > 0 && this.#take(settings, await this.#claimSends(settings));
    let nextAt: Instant | null = null;
    for (const broadcast of this.#broadcasts) {
      const limit = broadcast.state === 'cancelled' ? mostAborting - this.#aborting : this.#wanted();
      const open = broadcast.state === 'cancelled' || (broadcast.state === 'running' && top.length > 0);
      if (!open) continue;
      if (limit <= 0) {
        more = true; // Enough for now; asked again when these have left.
        continue;
      }
      more = (await this.#hours.apply(broadcast, settings, this.#options.clock.now())) || more;
      const claimed = await claimOf(this.#options.db, broadcast, this.#claiming(settings, limit));
      more = this.#take(settings, claimed) || more;
      if (claimed.nextAt !== null && (nextAt === null || claimed.nextAt < nextAt)) nextAt = claimed.nextAt;
      if (claimed.ready.length === 0 && claimed.nextAt === null) await this.#endIfFinished(broadcast);
    }
    this.#drained = !more;
    this.#wakeAt(nextAt);
    this.#pump();
  }

  async #claimSends(settings: SpaceSettings): Promise<Claimed> {
    const { db, media } = this.#options;
    return await claimSends(db, media, this.#claiming(settings, this.#most));
  }

  /** True: there may be more. */
  #take(settings: SpaceSettings, { ready, heldUntil, full }: Claimed): boolean {
    const stop = new AbortController();
    for (const { attempt, broadcast, contact } of ready) {
      this.#inHand.set(attempt, { broadcast: broadcast?.id ?? null, contact: contact.id, stop, until: heldUntil });
    }
    const blocked = ready.filter((one) => one.blocked !== null);
    if (blocked.length > 0) {
      this.#options.background.run('abort attempts', Promise.all(blocked.map((one) => this.#abort(settings, one))));
    }
    this.#ready.push(...ready.filter((one) => one.blocked === null));
    this.#ready.sort((one, other) => rankOf(other) - rankOf(one));
    this.#pump();
    return full;
  }

  /** A slow carrier leaves them here for long; of a process that was paused somebody else has taken them. */
  async #holdLonger(): Promise<void> {
    const { db, space, clock, log } = this.#options;
    const until = after(clock.now(), lookAfterMs);
    const old = [...this.#inHand].flatMap(([attempt, held]) =>
      until - held.until > lookAfterMs / 2 ? [{ attempt, contact: held.contact, heldUntil: held.until, held }] : [],
    );
    if (old.length === 0) return;
    this.#holding = true;
    try {
      const ours = await holdLonger(db, space, old, until);
      for (const { attempt, held } of old) {
        if (ours.has(attempt)) held.until = until;
        else held.stop.abort(); // What was claimed with it and is ours still is put back, and claimed again.
      }
    } catch (error) {
      if (isAppError(error, 'database.unavailable'))
        log.debug({ err: error }, 'contacts are held without the database');
      else log.error({ err: error }, 'contacts could not be held');
    } finally {
      this.#holding = false;
    }
  }

  async #abort(settings: SpaceSettings, ready: Ready): Promise<void> {
    this.#aborting++;
    try {
      await this.#options.submits.abort(settings, ready, ready.blocked!);
    } finally {
      this.#aborting--;
      this.#inHand.delete(ready.attempt);
    }
    if (!this.#drained) this.#fill();
  }

  async #endIfFinished(broadcast: LiveBroadcast): Promise<void> {
    const { db, clock, log } = this.#options;
    for (const { broadcast: of } of this.#inHand.values()) if (of === broadcast.id) return;
    if (await endIfFinished(db, broadcast, clock.now())) log.info({ broadcast: broadcast.id }, 'broadcast has ended');
  }

  #claiming(settings: SpaceSettings, limit: number): Claiming {
    const { space, clock, newAttemptId } = this.#options;
    const sandbox = this.#top().every(({ setup }) => setup.type === 'sandbox');
    return { space, settings, sandbox, now: clock.now(), limit, newAttemptId };
  }

  /** The channels that are up, of the highest priority of those. */
  #top(): OpenChannel[] {
    const { channels, space, media } = this.#options;
    const up = channels.of(space, media).filter(({ channel }) => channel.state === 'up');
    return up.filter(({ setup }) => setup.priority === up[0]!.setup.priority);
  }

  get #most(): number {
    const top = this.#top();
    const room = top.reduce((sum, { channel }) => sum + channel.room, 0);
    return heldReady({ room, underWay: this.#inHand.size - this.#ready.length });
  }

  /** How many more to claim; few at a time would be as many statements. */
  #wanted(): number {
    const most = this.#most;
    const held = this.#ready.length + this.#aborting;
    return held > most / 2 ? 0 : most - held;
  }

  /** Carriers answer by the hundred: one look for all that has come in a turn of the event loop. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** As many as leave now. */
  #pump(): void {
    const settings = this.#options.settings();
    while (this.#ready.length > 0 && settings && !this.#stopped) {
      const best = this.#top()
        .map((open) => ({ ...open, free: this.#freeOf(open.channel) }))
        .reduce<(OpenChannel & { free: number }) | null>(
          (most, one) => (most && most.free >= one.free ? most : one),
          null,
        );
      if (!best || best.free <= 0) break;
      const batch = this.#ready.splice(0, best.free).filter((ready) => this.#mayLeaveBy(best, ready));
      this.#leavingOf(best.channel).beginning += batch.length;
      this.#options.background.run('submit messages', this.#leave(settings, batch, best.channel));
    }
    if (!this.#drained && this.#wanted() > 0) this.#fill();
  }

  /** False: it waits again, to be looked at anew. */
  #mayLeaveBy({ setup }: OpenChannel, ready: Ready): boolean {
    if (!ready.forSandbox || setup.type === 'sandbox') return true;
    this.#options.background.run('put contacts back', this.#putBack(ready));
    return false;
  }

  /** One window more than the carrier takes at once has begun already, so that he does not wait for the journal. */
  #freeOf(channel: MessageChannel): number {
    const leaving = this.#leavingOf(channel);
    // Nobody waits inside a channel that has room.
    if (channel.room > 0) leaving.window = channel.room + leaving.submitted;
    return 2 * leaving.window - leaving.beginning - leaving.submitted;
  }

  #leavingOf(channel: MessageChannel): Leaving {
    const known = this.#leaving.get(channel) ?? { beginning: 0, submitted: 0, window: 0 };
    this.#leaving.set(channel, known);
    return known;
  }

  async #leave(settings: SpaceSettings, batch: readonly Ready[], channel: MessageChannel): Promise<void> {
    const ours = new Set(await this.#options.submits.begin(settings, batch, channel.id));
    this.#leavingOf(channel).beginning -= batch.length;
    for (const ready of batch) {
      if (ours.has(ready)) this.#options.background.run('submit a message', this.#submit(ready, channel));
      else this.#inHand.delete(ready.attempt);
    }
    this.#pump();
  }

  async #submit(ready: Ready, channel: MessageChannel): Promise<void> {
    const { submits, space, clock } = this.#options;
    const held = this.#inHand.get(ready.attempt);
    const signal = held?.stop.signal ?? AbortSignal.abort();
    const isOurs = () => held !== undefined && clock.now() < held.until;
    const leaving = this.#leavingOf(channel);
    leaving.submitted++;
    const answered = () => {
      leaving.submitted--;
      this.#pumpSoon();
    };
    try {
      const another = (tried: readonly ChannelId[]) => this.#another(ready, tried);
      await submits.submit(space, ready, { channel, signal, isOurs, answered, another });
    } finally {
      this.#inHand.delete(ready.attempt);
      this.#pumpSoon();
    }
  }

  /** Of whatever priority: the first that is up and has not been tried. */
  #another({ forSandbox }: Ready, tried: readonly ChannelId[]): MessageChannel | undefined {
    const { channels, space, media } = this.#options;
    return channels
      .of(space, media)
      .filter(({ setup }) => !forSandbox || setup.type === 'sandbox')
      .find(({ channel }) => channel.state === 'up' && channel.room > 0 && !tried.includes(channel.id))?.channel;
  }

  async #putAllBack(): Promise<void> {
    await Promise.all(this.#ready.splice(0).map((ready) => this.#putBack(ready)));
  }

  async #putBack(ready: Ready): Promise<void> {
    await this.#options.submits.putBack(this.#options.space, ready, { begun: ready.contact.begun });
    this.#inHand.delete(ready.attempt);
  }

  #wakeAt(at: Instant | null): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (at === null || this.#stopped) return;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(1, at - clock.now()), () => this.#fill());
  }
}

/** Single sends before broadcasts of the same priority: somebody waits for them. */
function rankOf({ contact, broadcast }: Ready): number {
  return contact.priority + (broadcast ? 0 : 0.5);
}
