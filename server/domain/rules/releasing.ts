// Having the engine hang a leg up, and the causes that say why.
import { type Call, isOpen, isReached, type Leg } from '../call.ts';
import type { CloseCause } from '../events.ts';
import type { CallId, LegId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';

const q850OfRelease: Record<CloseCause, number> = {
  HANGUP: q850.normal,
  DIALOG_LEFT: q850.normal,
  NO_ANSWER: q850.noAnswer,
  BUSY: q850.busy,
  REJECTED: q850.rejected,
  CANCELED: q850.answeredElsewhere,
  FAILED: q850.temporaryFailure,
};

/** Has the engine hang the leg up; its close comes back as a fact. */
export function release(
  step: Step,
  call: CallId,
  id: LegId,
  cause: CloseCause,
  q850Cause = q850OfRelease[cause],
): void {
  const leg = step.leg(call, id);
  if (!isOpen(leg) || leg.release) return;
  step.ofCall(call, { type: 'leg.release_asked', leg: id, cause });
  step.command({ do: 'hangUp', leg: id, cause: q850Cause });
}

/** As if the party itself had hung up: in a conversation that ends it, a phone that rings refuses, a number outside
 *  that we merely dial is given up. */
export function hangUpAsked(step: Step, call: Call, leg: Leg): void {
  if (isReached(call, leg)) release(step, call.id, leg.id, 'HANGUP');
  else if (leg.side === 'caller' || leg.party.kind === 'external') release(step, call.id, leg.id, 'CANCELED');
  else release(step, call.id, leg.id, 'REJECTED');
}
