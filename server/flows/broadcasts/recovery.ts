// Looks after taken contacts of which nobody has said in time what became of them: whoever had them is gone, or has only
// been paused.
//
//   no stream yet     not submitted: it waits again for the same attempt. Whoever begins its stream first submits it; a
//                     process that was only paused then meets a conflict, and does not.
//   begun, no more    it may have been sent: attempt.outcome_unknown; the broadcast's setting says whether it is made again
//   more than that    the contact moves on as he should have
//
// And outcomes that have stayed unknown for a day become failures: reports owe an end.
import { whenNeverSettled, whenUnanswered } from '../../domain/contacts/attempt.ts';
import { fateOf, noRetry } from '../../domain/contacts/retry.ts';
import { after, type AttemptId, type BroadcastId, type SpaceId } from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { unsettledSince } from '../../store/carrier-ids.ts';
import { lookAfter, type TakenContact } from '../../store/contact-claims.ts';
import { broadcastsOfIds, liveBroadcasts } from '../../store/live-broadcasts.ts';
import type { AttemptLog } from './attempt-log.ts';
import { lookAfterMs } from './claims.ts';
import type { ContactMoves } from './contact-moves.ts';
import { moveOf } from './fates.ts';

export interface RecoveryOptions {
  db: Database;
  journal: Pick<Journal, 'readStreams'>;
  attempts: AttemptLog;
  moves: ContactMoves;
  spaces: () => SpaceId[];
  /** This process is at it. */
  holds: (attempt: AttemptId) => boolean;
  /** Contacts wait again. */
  wake: () => void;
  clock: Clock;
  background: Background;
  log: Log;
}

const everyMs = 5_000;
const mostTogether = 500;
/** After that carriers send no receipt any more. */
export const settledAfterMs = 86_400_000;

export class Recovery {
  readonly #options: RecoveryOptions;
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;
  #stopped = true;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#running = this.#round();
    this.#options.background.run('look after taken contacts', this.#running);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  /** One round; what fails is logged and has its turn again. */
  async look(): Promise<void> {
    const { db, log, spaces } = this.#options;
    try {
      const live = await liveBroadcasts(db);
      for (const space of spaces()) {
        const here = live.filter((broadcast) => broadcast.space === space).map(({ id }) => id);
        for (const broadcast of [null, ...here]) await this.#lookAfter(space, broadcast);
        await this.#settle(space);
      }
    } catch (error) {
      if (isAppError(error, 'database.unavailable')) log.debug({ err: error }, 'taken contacts wait for the database');
      else log.error({ err: error }, 'looking after taken contacts failed');
    }
  }

  async #round(): Promise<void> {
    await this.look();
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(everyMs, () => this.start());
  }

  async #lookAfter(space: SpaceId, broadcast: BroadcastId | null): Promise<void> {
    const { db, clock, journal, holds } = this.#options;
    for (let more = true; more && !this.#stopped;) {
      const now = clock.now();
      const until = after(now, lookAfterMs);
      const taken = await lookAfter(db, space, broadcast, { now, until, limit: mostTogether });
      more = taken.length === mostTogether;
      const lost = taken.filter(({ attempt }) => !holds(attempt));
      if (lost.length === 0) continue;
      const streams = await journal.readStreams(
        space,
        lost.map(({ attempt }) => `attempt:${attempt}`),
      );
      const begun = lost.filter(({ attempt }) => streams.has(`attempt:${attempt}`));
      await this.#takeAgain(lost.filter((one) => !begun.includes(one)));
      await this.#moveOn(space, begun);
    }
  }

  async #takeAgain(contacts: readonly TakenContact[]): Promise<void> {
    if (contacts.length === 0) return;
    const { moves, clock, log, wake } = this.#options;
    const at = clock.now();
    log.info({ contacts: contacts.length }, 'contacts that were claimed and not submitted wait again');
    await Promise.all(contacts.map((one) => moves.add({ ...one, to: 'put_back', at, begun: false })));
    wake();
  }

  async #moveOn(space: SpaceId, contacts: readonly TakenContact[]): Promise<void> {
    const { db, attempts, moves, clock, log, wake } = this.#options;
    const ids = [...new Set(contacts.flatMap(({ broadcast }) => broadcast ?? []))];
    const broadcasts = await broadcastsOfIds(db, space, ids);
    let unknown = 0;
    await Promise.all(
      contacts.map(async ({ contact, attempt, broadcast }) => {
        const at = clock.now();
        const { state, events } = await attempts.write(space, attempt, (before) =>
          whenUnanswered(before, { attempt, at, info: 'The server stopped before the carrier had answered.' }),
        );
        unknown += events.length;
        const rules = (broadcast && broadcasts.get(broadcast)?.retry) ?? noRetry;
        const fate = fateOf(state, rules);
        // The time for a receipt is over.
        const over = fate?.is === 'under_way' && fate.until <= at;
        const move = moveOf({ space, contact, attempt }, over ? { is: 'done', why: 'sent' } : fate);
        if (move) await moves.add(move);
      }),
    );
    if (unknown > 0) log.warn({ attempts: unknown }, 'attempts whose outcome nobody heard');
    wake();
  }

  async #settle(space: SpaceId): Promise<void> {
    const { db, clock, attempts } = this.#options;
    const at = clock.now();
    const before = after(at, -settledAfterMs);
    for (const attempt of await unsettledSince(db, space, { before, limit: mostTogether })) {
      await attempts.write(space, attempt, (state) =>
        whenNeverSettled(state, { attempt, at, info: 'The carrier never said what became of it.' }),
      );
    }
  }
}
