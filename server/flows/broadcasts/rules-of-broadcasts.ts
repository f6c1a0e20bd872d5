// The retry rules of broadcasts whose receipts come in, asked for once in some seconds and not at every receipt.
import { noRetry, type RetryRules } from '../../domain/contacts/retry.ts';
import type { BroadcastId, Instant, SpaceId } from '../../domain/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db.ts';
import { broadcastsOfIds } from '../../store/live-broadcasts.ts';

const heldMs = 5_000;
const mostHeld = 1_000;

export class RulesOfBroadcasts {
  readonly #options: { db: Database; clock: Clock };
  /** Oldest first. */
  readonly #held = new Map<BroadcastId, { rules: Promise<RetryRules>; since: Instant }>();

  constructor(options: { db: Database; clock: Clock }) {
    this.#options = options;
  }

  /** No retries, of one that is gone or cancelled. */
  of(space: SpaceId, id: BroadcastId): Promise<RetryRules> {
    const now = this.#options.clock.now();
    const held = this.#held.get(id);
    if (held && now - held.since < heldMs) return held.rules;
    const rules = this.#read(space, id);
    this.#held.delete(id);
    this.#held.set(id, { rules, since: now });
    rules.catch(() => this.#held.delete(id)); // Told to whoever asked; the next one asks anew.
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= mostHeld) break;
      this.#held.delete(oldest);
    }
    return rules;
  }

  async #read(space: SpaceId, id: BroadcastId): Promise<RetryRules> {
    const broadcast = (await broadcastsOfIds(this.#options.db, space, [id])).get(id);
    return broadcast && broadcast.state !== 'cancelled' ? broadcast.retry : noRetry;
  }
}
