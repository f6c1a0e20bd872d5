// Contacts move on when it is known what became of their attempt, as many as wait in one statement. While the database
// is away they wait; what a crash loses here is found in the streams by whoever looks after taken contacts.
import { isAppError } from '../../errors.ts';
import type { Background } from '../../platform/background.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import type { Log } from '../../platform/log.ts';
import { type ContactMove, moveContacts } from '../../store/contact-claims.ts';

export interface ContactMovesOptions {
  db: Database;
  clock: Clock;
  background: Background;
  log: Log;
}

const mostTogether = 1_000;
const tryAgainMs = 200;

export class ContactMoves {
  readonly #options: ContactMovesOptions;
  #waiting: { move: ContactMove; done(): void }[] = [];
  #writing = false;

  constructor(options: ContactMovesOptions) {
    this.#options = options;
  }

  /** Resolves when it is written, or given up at the stop. Never rejects. */
  add(move: ContactMove): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ move, done: resolve });
      if (this.#writing) return;
      this.#writing = true;
      this.#options.background.run('move contacts on', this.#writeAll());
    });
  }

  async #writeAll(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, mostTogether);
      // Of two moves of one contact in a statement PostgreSQL takes either: what was heard counts.
      const inOrder = [...batch, ...batch.filter(({ move }) => move.heard)];
      await this.#write([...new Map(inOrder.map(({ move }) => [move.contact, move])).values()]);
      for (const { done } of batch) done();
    }
    this.#writing = false;
  }

  async #write(moves: readonly ContactMove[]): Promise<void> {
    const { db, clock, background, log } = this.#options;
    // Should a crash of PostgreSQL undo it, a taken contact is moved again by what its stream says; others are not.
    const durable = moves.some(({ to, heard }) => to === 'put_back' || heard);
    for (;;) {
      try {
        return await db.transaction((tx) => moveContacts(tx, moves), { durable });
      } catch (error) {
        if (!isAppError(error, 'database.unavailable')) {
          return log.error({ err: error }, 'contacts could not be moved on; they are looked after later');
        }
        if (background.signal.aborted) return;
        await new Promise<void>((resolve) => clock.after(tryAgainMs, resolve));
      }
    }
  }
}
