// Follows the journal and keeps what is known of each contact attempt, and puts the reports of it into the outbox, in the
// transaction that moves its cursor: each report is written exactly once for each endpoint, whatever stops and starts.
import type { Outbox } from '../../delivery/outbox.ts';
import { isContactEvent } from '../../domain/events.ts';
import type { SpaceId } from '../../domain/ids.ts';
import type { Follower, Recorded } from '../../journal/journal.ts';
import type { Transaction } from '../../platform/db.ts';
import { attemptsOfIds } from '../../store/contact-attempts.ts';
import { KnownAttempts } from './known-attempts.ts';
import { attemptsBefore, changesOfPage, type RecordedContactEvent } from './page.ts';
import { pushesOf, type ReportsEndpoint } from './pushes.ts';
import { writeChanges } from './report-store.ts';

export interface ReportsOptions {
  outbox: Outbox;
  /** Where a space's reports go now. */
  endpoints: { of(space: SpaceId, type: 'reports'): readonly ReportsEndpoint[] };
}

export class ReportsFollower implements Follower {
  readonly name = 'reports';
  readonly concerns = isContactEvent;
  readonly #options: ReportsOptions;
  /** Endpoints that the page of each space has written to, until it is committed. */
  readonly #written = new Map<SpaceId, Set<number>>();
  readonly #known = new KnownAttempts();

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  async apply(tx: Transaction, recorded: readonly Recorded[]): Promise<void> {
    const page = recorded.flatMap(({ event, version }): RecordedContactEvent[] =>
      isContactEvent(event) ? [{ event, version }] : [],
    );
    const space = recorded[0]?.space;
    if (space === undefined || page.length === 0) return;
    const before = this.#known.before(page);
    const unknown = attemptsBefore(page).filter((id) => !before.has(id));
    for (const [id, attempt] of await attemptsOfIds(tx, space, unknown)) before.set(id, attempt);
    const changes = changesOfPage(before, page);
    const { outbox, endpoints } = this.#options;
    // Documents are composed while PostgreSQL writes.
    const compose = async () => pushesOf(space, changes.told, endpoints.of(space, 'reports'));
    const writing = writeChanges(tx, space, changes);
    const [pushes] = await Promise.all([compose(), writing]);
    await outbox.add(tx, pushes);
    this.#known.keep(changes.begun.values());
    this.#known.keep(changes.changed.values());
    this.#written.set(space, new Set(pushes.map(({ endpoint }) => endpoint)));
  }

  committed([first]: readonly Recorded[]): void {
    if (!first) return;
    this.#options.outbox.wake(this.#written.get(first.space) ?? []);
    this.#written.delete(first.space);
  }
}
