import type { ContactFate } from '../../domain/contacts/retry.ts';
import type { AttemptId, ContactId, SpaceId } from '../../domain/ids.ts';
import type { ContactMove } from '../../store/contact-claims.ts';

/** How the contact's row follows his fate; undefined: nothing is known of it yet. */
export function moveOf(
  of: { space: SpaceId; contact: ContactId; attempt: AttemptId },
  fate: ContactFate | undefined,
): ContactMove | undefined {
  switch (fate?.is) {
    case undefined:
      return undefined;
    case 'done':
      // What was aborted was moved by whoever aborted it; this is found after a crash between the two.
      return { ...of, to: 'done', reason: fate.why === 'aborted' ? 'cancelled' : fate.why };
    case 'waiting':
      return { ...of, to: 'waits', at: fate.from };
    case 'under_way':
      return { ...of, to: 'under_way', at: fate.until };
  }
}
