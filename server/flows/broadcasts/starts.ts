// Starts of broadcasts that nobody has checked. Every contact is looked at first, page by page, and a million take longer
// than a request should:
//
//   draft ──asked──► validating ──looked at──► running, or scheduled
//     ▲                  │
//     └── refused, with what must be changed; or taken back by a pause
//
// What is asked is in the broadcast's row: it outlives a crash, and another process goes on with it.
import type { Directory } from '../../domain/directory.ts';
import { after, type BroadcastId, type Instant, type SpaceId } from '../../domain/ids.ts';
import { type AppError, isAppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database, Transaction } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { type AskedStart, askStart, holdAskedStart, refuseStart, takeAskedStarts } from '../../store/asked-starts.ts';
import { findBroadcast } from '../../store/broadcasts.ts';
import { lockBroadcast, setBroadcastState } from '../../store/live-broadcasts.ts';
import { checkBroadcastWhile, checkedOf, type Problem, refusalOf } from './check.ts';

export interface StartsOptions {
  db: Database;
  directory: (space: SpaceId) => Directory | undefined;
  /** A broadcast runs, or is scheduled. */
  started: () => void;
  clock: Clock;
  background: Background;
  log: Log;
}

type Outcome = { is: 'started' } | { is: 'refused'; why: AppError } | { is: 'left' };

/** Who asks is told by then what became of it, or that it is being looked at. */
const answerWithinMs = 2_000;
const everyMs = 5_000;
const heldMs = 3 * everyMs;

export class Starts {
  readonly #options: StartsOptions;
  readonly #looking = new Map<AbortController, Promise<Outcome>>();
  #timer: Timer | null = null;
  #takingUp: Promise<void> | null = null;
  #stopped = true;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** Goes on with what other processes have left. */
  start(): void {
    this.#stopped = false;
    this.#takingUp = this.#takeUp();
    this.#options.background.run('take up starts', this.#takingUp);
  }

  /** What is being looked at is left to the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#takingUp;
    for (const stop of this.#looking.keys()) stop.abort();
    await Promise.all(this.#looking.values());
  }

  /** Its row is locked; `look` follows when that is committed. */
  async ask(tx: Transaction, space: SpaceId, broadcast: BroadcastId): Promise<AskedStart> {
    const askedAt = this.#options.clock.now();
    const start = { space, broadcast, askedAt };
    await askStart(tx, start, after(askedAt, heldMs));
    return start;
  }

  /**
   * Resolves when it runs or is scheduled, or goes on being looked at.
   * Rejects with `broadcast.check_failed`, `broadcast.nothing_to_send`, `broadcast.no_channel`.
   */
  async look(start: AskedStart): Promise<void> {
    const timeIsUp = Promise.withResolvers<null>();
    const timer = this.#options.clock.after(answerWithinMs, () => timeIsUp.resolve(null));
    const outcome = await Promise.race([this.#begin(start), timeIsUp.promise]);
    timer.cancel();
    if (outcome?.is === 'refused') throw outcome.why;
  }

  #begin(start: AskedStart): Promise<Outcome> {
    const stop = new AbortController();
    if (this.#stopped) stop.abort(); // Requests still come in: what they ask is kept for the next process.
    const looking = this.#settle(start, stop.signal);
    this.#looking.set(stop, looking);
    this.#options.background.run(
      'look at the contacts of a broadcast',
      looking.finally(() => this.#looking.delete(stop)),
    );
    return looking;
  }

  async #settle(start: AskedStart, stopped: AbortSignal): Promise<Outcome> {
    const { db, clock, log, started } = this.#options;
    const { broadcast } = start;
    try {
      const problems = await this.#problemsOf(start, stopped);
      const outcome = problems ? await this.#decide(start, problems) : ({ is: 'left' } as const);
      if (outcome.is === 'left') await holdAskedStart(db, start, clock.now());
      if (outcome.is === 'refused') log.info({ broadcast }, 'broadcast is not started: its check failed');
      if (outcome.is === 'started') started();
      return outcome;
    } catch (error) {
      if (isAppError(error, 'database.unavailable')) log.debug({ err: error, broadcast }, 'a start waits');
      else log.error({ err: error, broadcast }, 'a broadcast could not be looked at');
      return { is: 'left' };
    }
  }

  /** null: not now, or not any more. */
  async #problemsOf(start: AskedStart, stopped: AbortSignal): Promise<readonly Problem[] | null> {
    const { db, directory, clock } = this.#options;
    const broadcast = await findBroadcast(db, start.broadcast);
    const settings = directory(start.space)?.space;
    if (!broadcast || !settings) return null;
    let heldAt = clock.now();
    const goesOn = async () => {
      if (stopped.aborted) return false;
      if (clock.now() - heldAt < everyMs) return true;
      heldAt = clock.now();
      return await holdAskedStart(db, start, after(heldAt, heldMs));
    };
    return (await checkBroadcastWhile(goesOn, db, checkedOf(broadcast), settings, heldAt))?.problems ?? null;
  }

  async #decide(start: AskedStart, problems: readonly Problem[]): Promise<Outcome> {
    const { db, clock } = this.#options;
    const { space, broadcast: id } = start;
    return await db.transaction(async (tx): Promise<Outcome> => {
      const broadcast = await lockBroadcast(tx, space, id);
      if (broadcast?.startAskedAt !== start.askedAt) return { is: 'left' };
      const refusal = refusalOf(problems);
      if (refusal) {
        await refuseStart(tx, start, problems);
        return { is: 'refused', why: refusal };
      }
      const now = clock.now();
      await setBroadcastState(tx, space, id, { state: stateAtStart(broadcast, now), now });
      return { is: 'started' };
    });
  }

  async #takeUp(): Promise<void> {
    const { db, clock, log } = this.#options;
    try {
      const now = clock.now();
      for (const start of await takeAskedStarts(db, { now, heldUntil: after(now, heldMs) })) {
        log.info({ broadcast: start.broadcast }, 'a start that was left is taken up');
        this.#options.background.run('take up a start', this.#begin(start));
      }
    } catch (error) {
      if (isAppError(error, 'database.unavailable')) log.debug({ err: error }, 'starts wait for the database');
      else log.error({ err: error }, 'starts could not be taken up');
    }
    if (!this.#stopped) this.#timer = clock.after(everyMs, () => this.start());
  }
}

export function stateAtStart({ startsAt }: { startsAt: Instant | null }, now: Instant): 'scheduled' | 'running' {
  return startsAt !== null && startsAt > now ? 'scheduled' : 'running';
}
