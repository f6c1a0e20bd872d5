// The one writer of attempts' streams in a process: what is decided of an attempt is decided on all that is known of it,
// and many attempts share an append.
//
//   write ──► queue ──► streams not in memory are read ──► decide, evolve ──► append (not waited for) ──► resolved
//                                                                               │
//                          another process wrote that stream ◄── conflict ──────┘
//                          read again, decided again, appended alone
import { type AttemptState, evolveAttempt, notBegun } from '../../domain/contacts/attempt.ts';
import type { AttemptEvent } from '../../domain/contacts/events.ts';
import type { AttemptId, SpaceId } from '../../domain/ids.ts';
import { AppError, isAppError } from '../../errors.ts';
import type { Journal, Recorded } from '../../journal/journal.ts';
import { Newest } from '../../platform/newest.ts';

export interface Written {
  /** After the events. */
  state: AttemptState;
  /** None: nothing followed. */
  events: readonly AttemptEvent[];
}

type Decide = (state: AttemptState) => readonly AttemptEvent[];

interface Job {
  attempt: AttemptId;
  decide: Decide;
  /** Its stream is expected not to be there. */
  fresh: boolean;
  resolve(written: Written): void;
  reject(error: unknown): void;
}

const mostTogether = 1_000;
const mostTries = 10;

export class AttemptLog {
  readonly #journal: Pick<Journal, 'append' | 'readStreams'>;
  /** Of this process's newest attempts. */
  readonly #known: Newest<AttemptId, AttemptState>;
  readonly #queues = new Map<SpaceId, Job[]>();
  /** Jobs that met a conflict, one after the other. */
  #mending: Promise<void> = Promise.resolve();

  constructor({
    journal,
    leastKnown = 25_000,
  }: {
    journal: Pick<Journal, 'append' | 'readStreams'>;
    leastKnown?: number;
  }) {
    this.#journal = journal;
    this.#known = new Newest(leastKnown);
  }

  /**
   * Resolves when the events that follow are durable. Rejects with what the journal rejects with, but for a conflict.
   * Decisions on one attempt are written in the order in which they were asked for.
   */
  write(space: SpaceId, attempt: AttemptId, decide: Decide): Promise<Written> {
    return this.#enqueue(space, attempt, decide, false);
  }

  /** As write, of an attempt that has most likely not begun: nothing is read. */
  begin(space: SpaceId, attempt: AttemptId, events: readonly AttemptEvent[]): Promise<Written> {
    return this.#enqueue(space, attempt, ({ about }) => (about === null ? events : []), true);
  }

  /** What is known of it. */
  async read(space: SpaceId, attempt: AttemptId): Promise<AttemptState> {
    return (await this.write(space, attempt, () => [])).state;
  }

  #enqueue(space: SpaceId, attempt: AttemptId, decide: Decide, fresh: boolean): Promise<Written> {
    return new Promise((resolve, reject) => {
      const job = { attempt, decide, fresh, resolve, reject };
      const queue = this.#queues.get(space);
      if (queue) {
        queue.push(job);
        return;
      }
      this.#queues.set(space, [job]);
      // What is asked for in this turn of the event loop goes together.
      setImmediate(() => void this.#drain(space));
    });
  }

  /** Never rejects: whoever waits for a job is told. */
  async #drain(space: SpaceId): Promise<void> {
    const queue = this.#queues.get(space)!;
    while (queue.length > 0) {
      const jobs = queue.splice(0, mostTogether);
      try {
        this.#append(space, jobs, await this.#before(space, jobs));
      } catch (error) {
        for (const job of jobs) job.reject(error);
      }
    }
    this.#queues.delete(space);
  }

  /** What is known of the attempts of the jobs; kept here, for `#known` forgets old ones while others are remembered. */
  async #before(space: SpaceId, jobs: readonly Job[]): Promise<Map<AttemptId, AttemptState>> {
    const states = new Map<AttemptId, AttemptState>();
    const unknown = new Set<AttemptId>();
    for (const { attempt, fresh } of jobs) {
      const known = this.#known.get(attempt);
      if (known) states.set(attempt, known);
      else if (!fresh) unknown.add(attempt);
    }
    if (unknown.size === 0) return states;
    const streams = await this.#journal.readStreams(space, [...unknown].map(streamOf));
    for (const attempt of unknown) {
      const state = foldOf(streams.get(streamOf(attempt)));
      states.set(attempt, state);
      this.#known.set(attempt, state);
    }
    return states;
  }

  #append(space: SpaceId, jobs: readonly Job[], states: Map<AttemptId, AttemptState>): void {
    const writing: { job: Job; written: Written }[] = [];
    const streams = [];
    for (const job of jobs) {
      const before = states.get(job.attempt) ?? notBegun;
      const events = job.decide(before);
      if (events.length === 0) {
        job.resolve({ state: before, events });
        continue;
      }
      const state = events.reduce(evolveAttempt, before);
      states.set(job.attempt, state);
      this.#known.set(job.attempt, state);
      writing.push({ job, written: { state, events } });
      streams.push({ stream: streamOf(job.attempt), expected: before.version, events });
    }
    if (streams.length > 0) void this.#settle(space, writing, this.#journal.append({ space, streams }));
  }

  async #settle(space: SpaceId, writing: { job: Job; written: Written }[], appended: Promise<void>): Promise<void> {
    try {
      await appended;
      for (const { job, written } of writing) job.resolve(written);
    } catch (error) {
      for (const { job } of writing) this.#known.delete(job.attempt);
      if (isAppError(error, 'journal.conflict')) {
        for (const { job } of writing) this.#mending = this.#mending.then(() => this.#mend(space, job));
      } else {
        for (const { job } of writing) job.reject(error);
      }
    }
  }

  async #mend(space: SpaceId, job: Job): Promise<void> {
    try {
      job.resolve(await this.#writeAlone(space, job));
    } catch (error) {
      job.reject(error);
    }
  }

  async #writeAlone(space: SpaceId, { attempt, decide }: Job): Promise<Written> {
    for (let tries = 1; ; tries++) {
      const stream = streamOf(attempt);
      const before = foldOf((await this.#journal.readStreams(space, [stream])).get(stream));
      const events = decide(before);
      const state = events.reduce(evolveAttempt, before);
      try {
        if (events.length > 0) {
          await this.#journal.append({ space, streams: [{ stream, expected: before.version, events }] });
        }
        this.#known.set(attempt, state);
        return { state, events };
      } catch (error) {
        this.#known.delete(attempt);
        if (!isAppError(error, 'journal.conflict') || tries >= mostTries) throw error;
      }
    }
  }
}

const streamOf = (attempt: AttemptId): string => `attempt:${attempt}`;

function foldOf(recorded: readonly Recorded[] | undefined): AttemptState {
  return (recorded ?? []).reduce((state, { event }) => {
    if (!('attempt' in event)) throw new AppError('internal', 'A foreign event is in the stream of an attempt.');
    return evolveAttempt(state, event as AttemptEvent);
  }, notBegun);
}
