// Follows the journal: space by space, page by page, each page applied in the transaction that moves the cursor.
//
//   bell ──► nothing new that concerns the follower: passed over, the cursor moves with the next page or poll
//     │
//   bell, poll ──► due spaces ──► a page each, some spaces at a time ──► committed ──► due again while there is more
//                      ▲                      │
//                      ├── after a pause ─────┼─ apply failed: that space only; a page is never skipped
//                      └── after a look ──────┴─ another process holds the cursor: it is dead or done soon
import type { SpaceId } from '../domain/ids.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database, Transaction } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { cursorsOf, ensureCursor, lagOf, lockCursor, moveCursor, readNextPage, spacesBehind } from './follow-sql.ts';
import type { Follower, Journal, JournalLag, Recorded } from './journal.ts';

export interface FollowOptions {
  database: Database;
  journal: Pick<Journal, 'onAppended' | 'heads' | 'recent'>;
  follower: Follower;
  log: Log;
  clock: Clock;
  /** Only these; default: all, also those to come. */
  spaces?: readonly SpaceId[];
  /** Most events in a page. */
  pageSize?: number;
  /** Most spaces at a time; each takes a connection of `database`. */
  concurrency?: number;
  /**
   * After a page that was not full a space rests so long, so that under load events gather into fewer, larger pages; an
   * event that comes after a quiet time is applied at once. Each page costs half a dozen round trips. May depend on how
   * many events the page had. Default: 0.
   */
  restMs?: Rest;
}

export type Rest = number | ((events: number) => number);

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** How soon to look whether the other process, which held a cursor, has finished or died. */
const LOOK_AGAIN_MS = 25;

/** Begins at once, with what is in the journal after the follower's cursors. */
export function follow(options: FollowOptions): Following {
  return new Following(options);
}

/** news: events that this process has heard of, which may not concern the follower. asked: its cursor is to move. */
type Why = 'news' | 'asked';

export class Following {
  readonly #database: Database;
  readonly #journal: FollowOptions['journal'];
  readonly #follower: Follower;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #spaces: readonly SpaceId[] | null;
  readonly #pageSize: number;
  readonly #concurrency: number;
  /** In the order in which they get their next page. */
  readonly #due = new Map<SpaceId, Why>();
  readonly #running = new Map<SpaceId, Promise<void>>();
  /** Spaces whose last page failed, and how often it did. */
  readonly #resting = new Map<SpaceId, { failures: number; timer: Timer | null }>();
  /** Highest head that this process was told of. */
  readonly #heads = new Map<SpaceId, number>();
  /** Highest seq that this process knows to be applied, and has told `committed`. */
  readonly #applied = new Map<SpaceId, number>();
  /** Nothing after `from`, up to `to`, concerns the follower; its cursor may still stand anywhere between. */
  readonly #passed = new Map<SpaceId, { from: number; to: number }>();
  readonly #withCursor = new Set<SpaceId>();
  /** Pages whose commit was asked for and not answered. The next look at the cursor tells whether it took place. */
  readonly #unanswered = new Map<SpaceId, readonly Recorded[]>();
  readonly #gathering = new Map<SpaceId, Timer>();
  readonly #restMs: (events: number) => number;
  #looking: Promise<void> | null = null;
  #lookOnceMore = false;
  #lookAgain: Timer | null = null;
  #stopped = false;
  readonly #unsubscribe: () => void;

  constructor(options: FollowOptions) {
    this.#database = options.database;
    this.#journal = options.journal;
    this.#follower = options.follower;
    this.#log = options.log.child({ follower: options.follower.name });
    this.#clock = options.clock;
    this.#spaces = options.spaces ?? null;
    this.#pageSize = options.pageSize ?? 500;
    this.#concurrency = options.concurrency ?? 2;
    const { restMs = 0 } = options;
    this.#restMs = typeof restMs === 'number' ? () => restMs : restMs;
    this.#unsubscribe = this.#journal.onAppended((heads) => this.#woken(heads));
    this.#look();
  }

  /** Resolves when all that was in the journal (of `only` this space) at the time of the call is applied, by whichever
   *  process. After `withinMs` it rejects with `database.unavailable`. */
  async caughtUp(withinMs = Infinity, only: SpaceId | null = null): Promise<void> {
    const until = this.#clock.now() + withinMs;
    const heads = await this.#journal.heads();
    const targets = [...heads].filter(([space]) => this.#isOurs(space) && (only === null || only === space));
    for (;;) {
      if (this.#stopped) throw new AppError('server.draining', 'The follower was stopped.');
      const cursors = await cursorsOf(this.#database, this.#follower.name);
      if (targets.every(([space, seq]) => (cursors.get(space) ?? 0) >= seq)) break;
      if (this.#clock.now() >= until) {
        throw new AppError(
          'database.unavailable',
          'What happened just now is not to be seen yet; try again in a moment.',
        );
      }
      this.#look();
      await new Promise<void>((resolve) => this.#clock.after(LOOK_AGAIN_MS, resolve));
    }
    // A commit is visible before it is answered; `committed` is called after the answer.
    await Promise.all(this.#running.values());
  }

  lag(): Promise<JournalLag> {
    return lagOf(this.#database, this.#follower.name, this.#spaces, this.#clock.now());
  }

  /** Takes no more pages, and resolves when those begun are committed or rolled back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#lookAgain?.cancel();
    for (const { timer } of this.#resting.values()) timer?.cancel();
    for (const timer of this.#gathering.values()) timer.cancel();
    await this.#looking;
    await Promise.all(this.#running.values());
  }

  #isOurs(space: SpaceId): boolean {
    return this.#spaces === null || this.#spaces.includes(space);
  }

  #woken(heads: ReadonlyMap<SpaceId, number> | undefined): void {
    if (!heads) return this.#look();
    for (const [space, seq] of heads) if (this.#isOurs(space)) this.#grown(space, seq);
    this.#begin();
  }

  #grown(space: SpaceId, head: number): void {
    this.#noteHead(space, head);
    if (head <= (this.#applied.get(space) ?? 0) || this.#due.has(space)) return;
    if (this.#running.has(space) || !this.#passesOver(space, head)) this.#due.set(space, 'news');
  }

  /** Looks only at what is in memory. Not while a page is being taken. */
  #passesOver(space: SpaceId, head: number): boolean {
    const from = this.#passed.get(space)?.to ?? this.#applied.get(space);
    if (!this.#follower.concerns || from === undefined) return false;
    if (head <= from) return true;
    const events = this.#journal.recent.after(space, from, head - from);
    if (events.at(-1)?.seq !== head || events.some(({ event }) => this.#follower.concerns!(event))) return false;
    this.#passed.set(space, { from: this.#passed.get(space)?.from ?? from, to: head });
    return true;
  }

  #noteHead(space: SpaceId, head: number): void {
    this.#heads.set(space, Math.max(head, this.#heads.get(space) ?? 0));
  }

  /** Asks PostgreSQL which spaces are behind. */
  #look(): void {
    this.#lookOnceMore = true;
    this.#looking ??= this.#lookWhileAsked();
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#lookOnceMore && !this.#stopped) {
      this.#lookOnceMore = false;
      try {
        for (const [space, head] of await spacesBehind(this.#database, this.#follower.name, this.#spaces)) {
          this.#noteHead(space, head);
          this.#due.set(space, 'asked');
        }
        this.#begin();
      } catch (error) {
        this.#log.warn(
          { err: error },
          'the follower cannot see how far it is behind; it asks again with the next poll',
        );
      }
    }
    this.#looking = null;
  }

  /** As many due spaces as may run. A resting or running one stays due. */
  #begin(): void {
    for (const [space, why] of this.#due) {
      if (this.#stopped || this.#running.size >= this.#concurrency) return;
      if (this.#running.has(space) || this.#gathering.has(space) || this.#resting.get(space)?.timer) continue;
      this.#due.delete(space);
      const passed = this.#passesOver(space, this.#heads.get(space) ?? 0);
      if (passed && why === 'news') continue;
      this.#running.set(space, this.#takePage(space));
    }
  }

  async #takePage(space: SpaceId): Promise<void> {
    try {
      if (!this.#withCursor.has(space)) {
        await ensureCursor(this.#database, this.#follower.name, space);
        this.#withCursor.add(space);
      }
      const page = await this.#database.transaction((tx) => this.#applyPage(tx, space), { durable: false });
      this.#resting.delete(space);
      if (page === 'held') this.#heldElsewhere(space);
      else {
        this.#answered(space, page);
        if (page.length > 0 && page.length < this.#pageSize) this.#gather(space, this.#restMs(page.length));
      }
    } catch (error) {
      this.#rest(space, error);
    }
    this.#running.delete(space);
    this.#begin();
  }

  async #applyPage(tx: Transaction, space: SpaceId): Promise<'held' | readonly Recorded[]> {
    const cursor = await lockCursor(tx, this.#follower.name, space);
    if (cursor === 'held') return cursor;
    const unanswered = this.#unanswered.get(space);
    if (unanswered && unanswered.at(-1)!.seq <= cursor) this.#answered(space, unanswered);
    const passed = this.#passed.get(space);
    const afterSeq = passed && passed.from <= cursor ? Math.max(cursor, passed.to) : cursor;
    const events = await this.#nextPage(tx, space, afterSeq);
    const last = events.at(-1);
    if (last) {
      await this.#follower.apply(tx, events);
      this.#unanswered.set(space, events);
    }
    if (last || afterSeq > cursor) await moveCursor(tx, this.#follower.name, space, last?.seq ?? afterSeq);
    return events;
  }

  /** What some follower of this process has got already, or what it appended itself, is not read again. */
  async #nextPage(tx: Transaction, space: SpaceId, afterSeq: number): Promise<readonly Recorded[]> {
    const { recent } = this.#journal;
    const known = recent.after(space, afterSeq, this.#pageSize);
    if (known.length > 0) return known;
    const read = await readNextPage(tx, space, afterSeq, this.#pageSize);
    recent.add(read);
    // The others get the same ones, if another follower was faster.
    const shared = recent.after(space, afterSeq, this.#pageSize);
    return shared.length > 0 ? shared : read;
  }

  #answered(space: SpaceId, page: readonly Recorded[]): void {
    this.#unanswered.delete(space);
    const last = page.at(-1);
    if (!last) return;
    // What is known in memory may end before the journal does.
    if (last.seq < (this.#heads.get(space) ?? 0) && !this.#due.has(space)) this.#due.set(space, 'news');
    const told = this.#applied.get(space) ?? 0;
    // A crash of PostgreSQL undid a commit, or somebody deleted the cursor: applied again, not told again.
    const news = page.filter(({ seq }) => seq > told);
    if (news.length === 0) return;
    this.#applied.set(space, last.seq);
    this.#passed.delete(space);
    try {
      this.#follower.committed?.(news);
    } catch (error) {
      this.#log.error({ err: error, space, seq: last.seq }, 'what follows the commit of a page failed');
    }
  }

  /** Either another process applies that page, or it has died and nobody does, or the cursor was deleted. */
  #heldElsewhere(space: SpaceId): void {
    this.#withCursor.delete(space);
    this.#lookAgain ??= this.#clock.after(LOOK_AGAIN_MS, () => {
      this.#lookAgain = null;
      this.#look();
    });
  }

  #gather(space: SpaceId, restMs: number): void {
    if (restMs === 0 || this.#stopped) return;
    const timer = this.#clock.after(restMs, () => {
      this.#gathering.delete(space);
      this.#begin();
    });
    this.#gathering.set(space, timer);
  }

  #rest(space: SpaceId, error: unknown): void {
    const failures = (this.#resting.get(space)?.failures ?? 0) + 1;
    const retryInMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    const fields = { err: error, space, failures, retryInMs };
    if (isAppError(error, 'database.unavailable')) this.#log.warn(fields, 'the follower waits for the database');
    else this.#log.error(fields, 'the follower could not apply a page; it tries again');
    this.#due.set(space, 'asked');
    if (this.#stopped) return;
    const timer = this.#clock.after(retryInMs, () => {
      this.#resting.set(space, { failures, timer: null });
      this.#begin();
    });
    this.#resting.set(space, { failures, timer });
  }
}
