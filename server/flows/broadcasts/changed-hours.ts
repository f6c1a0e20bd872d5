// Contacts outside their hours were put off to an opening. When the hours of the broadcast or of the space are changed
// meanwhile, they are asked again: each once, page by page, while others are claimed.
import { createHash } from 'node:crypto';
import type { SpaceSettings } from '../../domain/directory.ts';
import type { BroadcastId, ContactId, Instant } from '../../domain/ids.ts';
import type { Database } from '../../platform/db.ts';
import { putForward } from '../../store/contact-claims.ts';
import { type LiveBroadcast, setPutOffBy } from '../../store/live-broadcasts.ts';

/** The hours by which this process claims, as a digest. */
interface Known {
  hours: string;
  /** Up to whom the contacts have been asked again since; null: all have. */
  after: ContactId | '' | null;
}

const mostTogether = 5_000;

export class ChangedHours {
  readonly #db: Database;
  readonly #known = new Map<BroadcastId, Known>();

  constructor({ db }: { db: Database }) {
    this.#db = db;
  }

  /** To be asked before each claim, with what the claim goes by. True: contacts are still to be asked again. */
  async apply(broadcast: LiveBroadcast, settings: SpaceSettings, now: Instant): Promise<boolean> {
    const { hours, after } = this.#knownOf(broadcast, settings);
    const upTo = after === null ? null : await putForward(this.#db, broadcast, { now, after, limit: mostTogether });
    const isFirst = broadcast.putOffBy === null && !this.#known.has(broadcast.id);
    // Kept at the end only: what a crash leaves half done is done again from the beginning.
    if (upTo === null && (after !== null || isFirst)) await setPutOffBy(this.#db, broadcast, hours);
    this.#known.set(broadcast.id, { hours, after: upTo });
    return upTo !== null;
  }

  /** All others are over. */
  keep(live: readonly LiveBroadcast[]): void {
    const ids = new Set(live.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  #knownOf({ id, hours: own, putOffBy }: LiveBroadcast, { callingHours, timeZone }: SpaceSettings): Known {
    const hours = digestOf([own, callingHours, timeZone]);
    const known = this.#known.get(id);
    if (known?.hours === hours) return known;
    const before = known?.hours ?? putOffBy;
    return { hours, after: before === null || before === hours ? null : '' };
  }
}

function digestOf(hours: unknown): string {
  return createHash('sha256').update(JSON.stringify(hours)).digest('base64url');
}
