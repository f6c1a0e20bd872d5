// Contacts outside their hours were put off to an opening. When the hours of the broadcast or of the space are changed
// while it runs, they are asked again.
import type { SpaceSettings } from '../../domain/directory.ts';
import type { BroadcastId, Instant } from '../../domain/ids.ts';
import type { Database } from '../../platform/db.ts';
import { putForward } from '../../store/contact-claims.ts';
import type { LiveBroadcast } from '../../store/live-broadcasts.ts';

const mostTogether = 5_000;

export class ChangedHours {
  readonly #db: Database;
  /** By which this process claims. */
  readonly #known = new Map<BroadcastId, string>();

  constructor({ db }: { db: Database }) {
    this.#db = db;
  }

  /** To be asked before each claim, with what the claim goes by. */
  async apply(broadcast: LiveBroadcast, { callingHours, timeZone }: SpaceSettings, now: Instant): Promise<void> {
    const hours = JSON.stringify([broadcast.hours, callingHours, timeZone]);
    const before = this.#known.get(broadcast.id) ?? hours;
    if (before !== hours) {
      const most = { now, limit: mostTogether };
      while ((await putForward(this.#db, broadcast, most)) === mostTogether);
    }
    this.#known.set(broadcast.id, hours);
  }

  /** All others are over. */
  keep(live: readonly LiveBroadcast[]): void {
    const ids = new Set(live.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }
}
