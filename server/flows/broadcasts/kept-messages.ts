// What carriers called messages that this process does not remember, as the projection has kept it. After a restart
// thousands of receipts ask at once: those that come while a query is under way share the next one.
import type { SpaceId } from '../../domain/ids.ts';
import type { Database } from '../../platform/db.ts';
import { attemptsOfCarrierIds, type Found, type NamedMessage } from '../../store/carrier-ids.ts';

interface Asked {
  message: NamedMessage;
  resolve(found: Found | undefined): void;
  reject(error: unknown): void;
}

const mostTogether = 500;

export class KeptMessages {
  readonly #db: Database;
  readonly #asked = new Map<SpaceId, Asked[]>();

  constructor({ db }: { db: Database }) {
    this.#db = db;
  }

  /** Rejects with what the database rejects with. */
  find(space: SpaceId, message: NamedMessage): Promise<Found | undefined> {
    return new Promise((resolve, reject) => {
      const one = { message, resolve, reject };
      const asked = this.#asked.get(space);
      if (asked) {
        asked.push(one);
        return;
      }
      this.#asked.set(space, [one]);
      setImmediate(() => void this.#answerAll(space));
    });
  }

  /** Never rejects: whoever asked is told. */
  async #answerAll(space: SpaceId): Promise<void> {
    const asked = this.#asked.get(space)!;
    while (asked.length > 0) {
      const batch = asked.splice(0, mostTogether);
      try {
        const found = await attemptsOfCarrierIds(
          this.#db,
          space,
          batch.map(({ message }) => message),
        );
        for (const [place, { resolve }] of batch.entries()) resolve(found[place]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#asked.delete(space);
  }
}
