// What carriers tell of messages that they took: found by the id that they gave, written to the attempt, and only then
// acknowledged. A receipt may come before the submit's own answer, or before the projection has the id: it is looked for
// again for some seconds. One whose id stays unknown may settle an attempt whose outcome nobody heard.
import type { Receipt } from '../../channels/message.ts';
import { whenReceipted } from '../../domain/contacts/attempt.ts';
import { fateOf, isTriedAgain } from '../../domain/contacts/retry.ts';
import type { AttemptId, SpaceId } from '../../domain/ids.ts';
import { AppError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { type Found, unknownAttemptsAt } from '../../store/carrier-ids.ts';
import { underWay } from '../../store/contact-claims.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { ContactMoves } from './contact-moves.ts';
import { moveOf } from './fates.ts';
import { KeptMessages } from './kept-messages.ts';
import type { RecentMessages } from './recent-messages.ts';
import type { RulesOfBroadcasts } from './rules-of-broadcasts.ts';

export interface ReceiptsOptions {
  db: Database;
  attempts: AttemptLog;
  moves: ContactMoves;
  recent: RecentMessages;
  rules: RulesOfBroadcasts;
  clock: Clock;
  log: Log;
  /** A receipt that belongs to no attempt that is known. */
  foreign(): void;
}

/** Waits before each look for the id: at first only in memory, for the submit's own answer is being handled just now. */
const looksInMemoryAfterMs = [5, 20, 75];
const looksAfterMs = [0, 250, 750, 1_500, 2_500];
/** Beyond it receipts are refused, and the carrier sends them again later. */
const mostWaiting = 10_000;

export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #kept: KeptMessages;
  #waiting = 0;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
    this.#kept = new KeptMessages(options);
  }

  /** Resolves when it is kept, or belongs to nobody here; rejects when it cannot be kept now. */
  async take(space: SpaceId, receipt: Receipt): Promise<void> {
    const { recent, log, foreign } = this.#options;
    const { channel } = receipt;
    const found = recent.find(channel, namesOf(receipt), receipt.to) ?? (await this.#find(space, receipt));
    if (found === undefined) {
      foreign();
      log.warn({ space, channel }, 'a receipt for a message that nobody sent from here');
      return;
    }
    await this.#write(space, found.attempt, { ...receipt, carrierId: found.carrierId });
  }

  async #find(space: SpaceId, receipt: Receipt): Promise<Found | undefined> {
    if (this.#waiting >= mostWaiting) throw new AppError('journal.full', 'Too many receipts wait for their message.');
    this.#waiting++;
    try {
      return await this.#lookFor(space, receipt);
    } finally {
      this.#waiting--;
    }
  }

  async #lookFor(space: SpaceId, receipt: Receipt): Promise<Found | undefined> {
    const { db, recent, clock } = this.#options;
    const { channel, to, carrierId } = receipt;
    const names = namesOf(receipt);
    for (const waitMs of looksInMemoryAfterMs) {
      await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      const found = recent.find(channel, names, to);
      if (found !== undefined) return found;
    }
    for (const waitMs of looksAfterMs) {
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      const found = recent.find(channel, names, to) ?? (await this.#kept.find(space, { channel, names, to }));
      if (found !== undefined) return found;
    }
    if (to === null) return undefined;
    const unknown = await unknownAttemptsAt(db, space, { channel, address: to });
    const [only, another] = unknown;
    return only !== undefined && another === undefined ? { attempt: only, carrierId } : undefined;
  }

  async #write(space: SpaceId, attempt: AttemptId, receipt: Receipt): Promise<void> {
    const { attempts, moves, rules } = this.#options;
    const { carrierId, status, at, code, info } = receipt;
    const retry = status === 'failed' && (await this.#isTriedAgain(space, attempt));
    const { state, events } = await attempts.write(space, attempt, (before) =>
      whenReceipted(before, attempt, { carrierId, status, at, code, info, retry }),
    );
    if (events.length === 0 || !state.about?.broadcast) return;
    const given = await rules.of(space, state.about.broadcast);
    // A contact who is tried once only was done when it was sent, unless that was not the end of it.
    const asSent = status === 'delivered' && !state.unknown && state.failures.length === 0;
    if (asSent && given.maxAttempts === 1 && !given.resendUnknown) return;
    const move = moveOf({ space, contact: state.about.contact, attempt }, fateOf(state, given));
    if (move) await moves.add({ ...move, heard: true });
  }

  /** Whether another attempt follows the one that failed: its contact is under way by it, and its broadcast goes on. */
  async #isTriedAgain(space: SpaceId, attempt: AttemptId): Promise<boolean> {
    const { attempts, db, rules } = this.#options;
    const { about } = await attempts.read(space, attempt);
    if (about === null || about.broadcast === null) return false;
    const given = await rules.of(space, about.broadcast);
    if (!isTriedAgain(given, { number: about.number, how: 'undelivered', retryable: true })) return false;
    return (await underWay(db, space, [{ contact: about.contact, attempt }])).has(attempt);
  }
}

function namesOf({ carrierId, otherIds = [] }: Receipt): readonly string[] {
  return [carrierId, ...otherIds];
}
