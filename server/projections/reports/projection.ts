// Follows the journal and keeps what is known of each contact attempt, in the transaction that moves its cursor.
import { isContactEvent } from '../../domain/events.ts';
import type { Follower, Recorded } from '../../journal/journal.ts';
import type { Transaction } from '../../platform/db.ts';
import { attemptsOfIds } from '../../store/contact-attempts.ts';
import { attemptsBefore, changesOfPage, type RecordedContactEvent } from './page.ts';
import { writeChanges } from './report-store.ts';

export class ReportsFollower implements Follower {
  readonly name = 'reports';

  async apply(tx: Transaction, recorded: readonly Recorded[]): Promise<void> {
    const page = recorded.flatMap(({ event, version }): RecordedContactEvent[] =>
      isContactEvent(event) ? [{ event, version }] : [],
    );
    const space = recorded[0]?.space;
    if (space === undefined || page.length === 0) return;
    const changes = changesOfPage(await attemptsOfIds(tx, space, attemptsBefore(page)), page);
    await writeChanges(tx, space, changes);
  }
}
