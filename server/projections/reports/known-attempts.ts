// The attempts of the newest pages, so that what becomes of a message needs no reading of the row that was written a moment
// ago. Another process may have written it since: each event says which version it follows, and what is not that is read.
import type { AttemptId } from '../../domain/ids.ts';
import { Newest } from '../../platform/newest.ts';
import type { ContactAttempt } from '../../store/contact-attempts.ts';
import type { RecordedContactEvent } from './page.ts';

export class KnownAttempts {
  readonly #attempts = new Newest<AttemptId, ContactAttempt>(10_000);

  /** Of the attempts that a page is about, those that stand where its first event of each begins. */
  before(page: readonly RecordedContactEvent[]): Map<AttemptId, ContactAttempt> {
    const known = new Map<AttemptId, ContactAttempt>();
    const seen = new Set<AttemptId>();
    for (const { event, version } of page) {
      if (event.type === 'reply.unmatched' || seen.has(event.attempt)) continue;
      seen.add(event.attempt);
      const attempt = this.#attempts.get(event.attempt);
      if (attempt?.version === version - 1) known.set(attempt.id, attempt);
    }
    return known;
  }

  /** As they stand after a page; should it be rolled back, they are ahead of the next one's events, and not taken. */
  keep(attempts: Iterable<ContactAttempt>): void {
    for (const attempt of attempts) this.#attempts.set(attempt.id, attempt);
  }
}
