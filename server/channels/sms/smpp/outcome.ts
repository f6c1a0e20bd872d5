// What became of a message, from what became of its parts. The contact has it only if all parts were taken; if some were,
// another attempt would send those twice, so it is refused for good (decision 91).
import type { SubmitOutcome } from '../../message.ts';
import { isPassing, statusName } from './status.ts';
import type { SubmitResult } from './submit-queue.ts';

/**
 * `results`: of the parts in order; fewer than `total` when the first was not taken. `knownAs`: what receipts will be
 * known by, for an id that an answer gave.
 */
export function outcomeOfParts(
  results: readonly SubmitResult[],
  total: number,
  knownAs: (id: string) => string,
): SubmitOutcome {
  const carrierIds = results.flatMap((part) =>
    part.result === 'taken' && part.messageId !== '' ? [knownAs(part.messageId)] : [],
  );
  const taken = results.filter(({ result }) => result === 'taken').length;
  if (taken === total) return { outcome: 'taken', carrierIds, size: null };
  const unknown = results.find(({ result }) => result === 'unknown');
  if (unknown?.result === 'unknown') return { outcome: 'unknown', info: unknown.info };
  const some = taken > 0 ? ` ${taken} of ${total} parts had been taken.` : '';
  const refused = results.find(({ result }) => result === 'refused');
  if (refused?.result === 'refused') {
    const { status } = refused;
    const info = `The carrier refused it: ${statusName(status)}.${some}`;
    return { outcome: 'refused', retryable: taken === 0 && isPassing(status), code: String(status), info };
  }
  const unsent = results.find(({ result }) => result === 'not_sent');
  const info = unsent?.result === 'not_sent' ? unsent.info : '';
  if (taken > 0) return { outcome: 'refused', retryable: false, code: null, info: `${info}${some}` };
  return { outcome: 'not_sent', info };
}
