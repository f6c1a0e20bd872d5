// How an attempt ended, read from its call.
import type { CallOutcome } from '../events.ts';
import type { AttemptOutcome } from './campaign.ts';

export type AttemptEnd =
  | { end: 'consultant_not_reached' }
  /** The consultant now owes a result. */
  | { end: 'talked' }
  | { end: 'contact_not_reached'; outcome: AttemptOutcome };

export function endOfAttempt(call: {
  consultantAnswered: boolean;
  /** His phone is not registered, or cannot be rung: the engine has said so. */
  consultantUnreachable: boolean;
  talked: boolean;
  outcome: CallOutcome;
}): AttemptEnd {
  if (call.talked) return { end: 'talked' };
  // Lost before the consultant could answer: no fault of his phone's.
  const isLost = call.outcome === 'failed' && !call.consultantUnreachable;
  if (!call.consultantAnswered && !isLost) return { end: 'consultant_not_reached' };
  return { end: 'contact_not_reached', outcome: outcomeOf(call.outcome) };
}

function outcomeOf(outcome: CallOutcome): AttemptOutcome {
  switch (outcome) {
    case 'answered':
    case 'abandoned':
      return 'failed'; // Not for a call that never talked.
    case 'no_answer':
    case 'busy':
    case 'rejected':
    case 'canceled':
    case 'failed':
      return outcome;
    default:
      return outcome satisfies never;
  }
}
