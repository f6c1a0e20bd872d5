// One endpoint's pushes, on their way from the outbox. In memory is a window of them, in lines: a line a key.
//
//   read by cursor ──► line ──► sent ──► settled ──► next of the line
//        ▲                       │ failed
//   read of keys ◄── due ◄── parked (a row in the database; its line is forgotten)
//
// - One read at a time. All up to the cursor was seen: it is in a line, done, or belongs to a key that is parked or behind.
// - What belongs to a parked or behind key is read of that key only, also beyond the cursor; all else by the cursor.
// - A read shows the state of its beginning: what was settled or parked meanwhile is left out of it.
// - The next push of a line leaves when what became of the one before is committed.
import type { Instant } from '../domain/ids.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import type { EndpointSettings } from '../store/endpoint-registry.ts';
import { nextTryAt } from './backoff.ts';
import type { Attempt } from './courier.ts';
import type { LaneHealth, LaneId, Outcome, WaitingPush } from './outbox-sql.ts';
import { forgetParked, readNext, readOfKeys, readParked } from './outbox-sql.ts';

interface Line {
  readonly key: string;
  /** The first one is the one that is sent. */
  readonly queue: WaitingPush[];
  /** Of the first one. Above 0: the key has a row in outbox_parked. */
  tries: number;
  /** Position of the last push that was read into the queue. */
  after: number;
  /** More may wait than is in the queue, and is to be read of this key. */
  behind: boolean;
}

export interface LaneOptions {
  id: LaneId;
  partition: number;
  /** Of the partition's lease. */
  token: number;
  /** Nothing up to here waits. */
  cursor: number;
  failingSince: Instant | null;
  database: Database;
  clock: Clock;
  log: Log;
  /** undefined: the endpoint is gone. */
  settings(): EndpointSettings | undefined;
  mayStillSend(): boolean;
  attempt(endpoint: EndpointSettings, push: WaitingPush): Promise<Attempt>;
  /** False: the partition has another owner. */
  settle(outcome: Outcome, health: LaneHealth | null): Promise<boolean>;
  /** Resolves when the endpoint is disabled, or when that has failed and is to be tried again with the next failure. */
  disable(reason: 'gone' | 'failing'): Promise<void>;
  /** Most pushes that it may hold in memory now. */
  share(): number;
  /** 0 to 1, exclusive. */
  chance(): number;
}

/** Pushes of a line in memory; the rest is read when these have left. */
const MOST_OF_A_KEY = 8;
const LEAST_WINDOW = 64;
const MOST_WINDOW = 1_024;
const WINDOW_A_CONNECTION = 20;
const REST_AFTER_ERROR_MS = 1_000;
const GIVE_UP_AFTER_MS = 3 * 24 * 3_600_000;
/** After so many failures in a row, one connection asks whether the endpoint is back; the others would only wait. */
const FAILURES_BEFORE_PROBING = 100;
/** A real timer takes at most 24 days; it looks again and is set anew. */
const LONGEST_TIMER_MS = 3_600_000;
const GONE = 410;

export class Lane {
  readonly id: LaneId;
  readonly partition: number;
  readonly #options: LaneOptions;
  readonly #lines = new Map<string, Line>();
  #ready: Line[] = [];
  /** Those that are behind and have nothing in their queue: to be read. */
  readonly #starving = new Set<Line>();
  #held = 0;
  #sending = 0;
  #busy = 0;
  #cursor: number;
  #more: boolean;
  /** When the next parked key is due; 0: not known yet. */
  #parkedDueAt = 0;
  /** While a read is under way: positions that were settled, keys that were parked. It may bring them all the same. */
  readonly #settledMeanwhile = new Set<number>();
  readonly #parkedMeanwhile = new Set<string>();
  #reading: Promise<void> | null = null;
  #resting = false;
  #halted = false;
  #finishing = false;
  #stopped = false;
  #failingSince: Instant | null;
  #failures = 0;
  #nextSendAt = 0;
  #timer: { at: number; timer: Timer } | null = null;
  #idle: (() => void)[] = [];

  constructor(options: LaneOptions & { waiting: boolean }) {
    this.#options = options;
    this.id = options.id;
    this.partition = options.partition;
    this.#cursor = options.waiting ? 0 : options.cursor;
    this.#more = options.waiting;
    this.#failingSince = options.failingSince;
    if (!options.waiting) this.#parkedDueAt = Infinity;
  }

  /** Whether pushes of it are in memory. */
  get holds(): boolean {
    return this.#held > 0;
  }

  /** The lane has grown up to `head`; undefined: it may have grown. */
  wake(head?: number): void {
    if (head !== undefined && head <= this.#cursor) return;
    this.#more = true;
    this.pump();
  }

  /** Sends what may leave, and reads what is wanted. To be called after the endpoint's settings have changed, too. */
  pump(): void {
    if (this.#stopped) return;
    const endpoint = this.#options.settings();
    if (this.#finishing || this.#halted || !endpoint?.enabled) {
      if (this.#busy === 0) this.#rest();
      return;
    }
    const most = this.#failures < FAILURES_BEFORE_PROBING ? endpoint.concurrency : 1;
    while (this.#ready.length > 0 && this.#sending < most && this.#options.mayStillSend()) {
      if (endpoint.ratePerS !== null && !this.#takesTurn(endpoint.ratePerS)) break;
      void this.#send(endpoint, this.#ready.shift()!);
    }
    this.#readIfWanted(Math.min(windowOf(endpoint), this.#options.share()));
  }

  /** Sends no more. Resolves when what is under way is settled. */
  finish(): Promise<void> {
    this.#finishing = true;
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.pump();
    });
  }

  /** The partition is another's: nothing leaves or is written any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.timer.cancel();
    this.#forget();
    this.#tellIdle();
  }

  #takesTurn(perSecond: number): boolean {
    const now = this.#options.clock.now();
    if (now < this.#nextSendAt) {
      this.#pumpAt(this.#nextSendAt);
      return false;
    }
    this.#nextSendAt = Math.max(now, this.#nextSendAt) + 1_000 / perSecond;
    return true;
  }

  /** Never rejects: `attempt` and `settle` do not. */
  async #send(endpoint: EndpointSettings, line: Line): Promise<void> {
    this.#busy++;
    this.#sending++;
    const attempt = await this.#options.attempt(endpoint, line.queue[0]!);
    this.#sending--;
    if (this.#stopped) return; // Whoever has the partition now sends it again.
    this.pump();
    const outcome = this.#outcomeOf(line, attempt, endpoint);
    const ours = await this.#options.settle(outcome, this.#healthAfter(outcome, attempt));
    this.#busy--;
    if (this.#stopped) return;
    if (!ours) return this.stop();
    if (outcome.fate.is === 'parked') this.#park(line, outcome.fate.dueAt);
    else this.#advance(line);
    this.#disableIfHopeless(attempt);
    this.pump();
  }

  #outcomeOf(line: Line, attempt: Attempt, endpoint: EndpointSettings): Outcome {
    const { at, status, ms, answer, error } = attempt;
    const { id, partition, token, clock, chance } = this.#options;
    const tries = line.tries + 1;
    const common = { lane: id, partition, token, push: line.queue[0]!, at, status, ms, answer, error, tries };
    if (attempt.delivered) return { ...common, fate: { is: 'delivered' } };
    const now = clock.now();
    const { retryAfterMs } = attempt;
    const dueAt = nextTryAt({ tries, triedAt: at, now, retryAfterMs, rules: endpoint.retry, chance: chance() });
    // Who is gone gets nothing more, and loses nothing: his endpoint may be enabled again.
    if (dueAt !== null || status === GONE) return { ...common, fate: { is: 'parked', dueAt: dueAt ?? now } };
    return { ...common, fate: { is: 'dead' } };
  }

  /** null: as before. */
  #healthAfter(outcome: Outcome, { delivered }: Attempt): LaneHealth | null {
    this.#failures = delivered ? 0 : this.#failures + 1;
    if (delivered === (this.#failingSince === null)) return null;
    this.#failingSince = delivered ? null : outcome.at;
    return { lane: this.id, failingSince: this.#failingSince };
  }

  #disableIfHopeless({ status, delivered }: Attempt): void {
    if (delivered || this.#halted) return;
    const failedForMs = this.#failingSince === null ? 0 : this.#options.clock.now() - this.#failingSince;
    if (status !== GONE && failedForMs < GIVE_UP_AFTER_MS) return;
    this.#halted = true;
    void this.#disable(status === GONE ? 'gone' : 'failing');
  }

  async #disable(reason: 'gone' | 'failing'): Promise<void> {
    await this.#options.disable(reason);
    this.#failingSince = null; // Enabled again, it has three days again.
    this.#halted = false;
    this.pump();
  }

  #park(line: Line, dueAt: number): void {
    this.#drop(line);
    if (this.#reading) this.#parkedMeanwhile.add(line.key);
    this.#parkedDueAt = Math.min(this.#parkedDueAt, dueAt);
  }

  #advance(line: Line): void {
    const settled = line.queue.shift()!;
    if (this.#reading) this.#settledMeanwhile.add(settled.position);
    this.#held--;
    line.tries = 0;
    if (line.queue.length > 0) this.#ready.push(line);
    else if (line.behind) this.#starving.add(line);
    else this.#lines.delete(line.key);
  }

  #drop(line: Line): void {
    this.#held -= line.queue.length;
    this.#lines.delete(line.key);
  }

  #readIfWanted(window: number): void {
    if (this.#reading || this.#resting || this.#stopped) return;
    const read = this.#wantedRead(window);
    if (read) this.#reading = this.#read(read);
    else if (this.#parkedDueAt < Infinity) this.#pumpAt(this.#parkedDueAt);
  }

  #wantedRead(window: number): (() => Promise<void>) | null {
    if (this.#starving.size > 0) return () => this.#readBehind([...this.#starving]);
    if (this.#held >= window / 2) return null;
    if (this.#options.clock.now() >= this.#parkedDueAt) return () => this.#readDue(window - this.#held);
    return this.#more ? () => this.#readOn(window - this.#held) : null;
  }

  async #read(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      this.#options.log.warn(
        { err: error, endpoint: this.id.endpoint },
        'the outbox cannot be read; it is tried again',
      );
      this.#more = true;
      this.#resting = true;
      this.#options.clock.after(REST_AFTER_ERROR_MS, () => {
        this.#resting = false;
        this.pump();
      });
    }
    this.#reading = null;
    this.#settledMeanwhile.clear();
    this.#parkedMeanwhile.clear();
    this.pump();
    this.#tellIdle();
  }

  async #readOn(limit: number): Promise<void> {
    this.#more = false; // Before the read: what comes meanwhile sets it again.
    const { head, pushes } = await readNext(this.#options.database, this.id, this.#cursor, limit);
    if (this.#stopped) return;
    for (const push of pushes) this.#enqueueNew(push);
    const last = pushes.at(-1)?.position ?? this.#cursor;
    if (pushes.length === limit) this.#more = true;
    this.#cursor = pushes.length === limit ? last : Math.max(this.#cursor, head, last);
  }

  #enqueueNew(push: WaitingPush): void {
    if (this.#parkedMeanwhile.has(push.key) || this.#settledMeanwhile.has(push.position)) return;
    let line = this.#lines.get(push.key);
    if (line && (line.behind || push.position <= line.after)) return;
    if (line && line.queue.length >= MOST_OF_A_KEY) {
      line.behind = true;
      return;
    }
    if (!line) {
      line = { key: push.key, queue: [], tries: 0, after: 0, behind: false };
      this.#lines.set(push.key, line);
    }
    this.#enqueue(line, push);
  }

  #enqueue(line: Line, push: WaitingPush): void {
    line.queue.push(push);
    line.after = push.position;
    this.#held++;
    if (line.queue.length === 1) this.#ready.push(line);
  }

  async #readDue(limit: number): Promise<void> {
    const { database, clock } = this.#options;
    const active = [...this.#lines.values()].filter(({ tries }) => tries > 0).map(({ key }) => key);
    this.#parkedDueAt = Infinity; // Whoever is parked meanwhile lowers it.
    const parked = await this.#orDueAtOnce(readParked(database, this.id, active, limit));
    if (this.#stopped) return;
    const now = clock.now();
    for (const { key, tries, dueAt } of parked) {
      if (dueAt > now) this.#parkedDueAt = Math.min(this.#parkedDueAt, dueAt);
      else if (!this.#lines.has(key)) {
        const line: Line = { key, queue: [], tries, after: 0, behind: true };
        this.#lines.set(key, line);
        this.#starving.add(line);
      }
    }
    if (parked.length === limit && parked.at(-1)!.dueAt <= now) this.#parkedDueAt = now;
  }

  async #orDueAtOnce<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      this.#parkedDueAt = 0;
      throw error;
    }
  }

  async #readBehind(lines: readonly Line[]): Promise<void> {
    const { database } = this.#options;
    // One that is parked until its first success gets no push by the cursor: it stays behind until after that.
    const unparked = new Set(lines.filter(({ tries }) => tries === 0));
    const pushes = await readOfKeys(database, this.id, lines, MOST_OF_A_KEY);
    if (this.#stopped) return;
    const counts = new Map<string, number>();
    for (const line of lines) this.#starving.delete(line);
    for (const push of pushes) {
      counts.set(push.key, (counts.get(push.key) ?? 0) + 1);
      this.#enqueue(this.#lines.get(push.key)!, push);
    }
    const empty: Line[] = [];
    for (const line of lines) {
      const count = counts.get(line.key) ?? 0;
      if (unparked.has(line)) {
        line.behind = count === MOST_OF_A_KEY;
        if (line.queue.length === 0) this.#lines.delete(line.key);
      } else if (count === 0) empty.push(line);
    }
    if (empty.length === 0) return;
    await forgetParked(
      database,
      this.id,
      empty.map(({ key }) => key),
    );
    for (const line of empty) {
      line.tries = 0;
      this.#starving.add(line);
    }
  }

  /** The endpoint is disabled, or the lane ends: what is held is forgotten, and read anew when it goes on. */
  #rest(): void {
    this.#timer?.timer.cancel();
    this.#timer = null;
    if (!this.#reading) this.#forget();
    this.#tellIdle();
  }

  #forget(): void {
    if (this.#lines.size === 0 && this.#cursor === 0) return;
    this.#lines.clear();
    this.#starving.clear();
    this.#ready = [];
    this.#held = 0;
    this.#cursor = 0;
    this.#more = true;
    this.#parkedDueAt = 0;
    this.#failures = 0;
  }

  #tellIdle(): void {
    if (!this.#stopped && (this.#busy > 0 || this.#reading)) return;
    for (const tell of this.#idle.splice(0)) tell();
  }

  #pumpAt(at: number): void {
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    const { clock } = this.#options;
    const timer = clock.after(Math.min(Math.max(0, at - clock.now()), LONGEST_TIMER_MS), () => {
      this.#timer = null;
      this.pump();
    });
    this.#timer = { at, timer };
  }
}

function windowOf({ concurrency }: EndpointSettings): number {
  return Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, concurrency * WINDOW_A_CONNECTION));
}
