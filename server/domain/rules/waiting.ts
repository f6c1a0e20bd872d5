// Waiting in a queue comes to an end: of one offer, or of the whole wait.
import type { Queued } from '../distribution.ts';
import type { OfferOutcome } from '../events.ts';
import type { CallId, LegId } from '../ids.ts';
import type { Step } from '../step.ts';
import { release } from './releasing.ts';

/** He did not take it: his ring time is over. His phone is free when the leg is closed. */
export function endOffer(step: Step, id: CallId, leg: LegId, outcome: OfferOutcome): void {
  const stage = queuedStage(step, id);
  const ended = stage?.offers.find((one) => one.leg === leg);
  if (!stage || !ended) return;
  step.ofCall(id, { type: 'call.offer_ended', queue: stage.queue, user: ended.user, leg, outcome });
  release(step, id, leg, outcome === 'no_answer' ? 'NO_ANSWER' : 'CANCELED');
}

/** A waiting call waits no longer, and its offers end; `to` says where it overflows to. */
export function leaveQueue(step: Step, id: CallId, reason: 'abandoned' | 'overflowed', to: string | null = null): void {
  const stage = queuedStage(step, id);
  if (!stage) return;
  for (const open of stage.offers) endOffer(step, id, open.leg, 'lost');
  const { number } = step.call(id);
  const waitedMs = step.now - stage.since;
  const { queue } = stage;
  if (reason === 'abandoned') step.ofCall(id, { type: 'call.abandoned', queue, number, waitedMs });
  else step.ofCall(id, { type: 'call.overflowed', queue, number, waitedMs, to });
  step.ofCall(id, { type: 'call.left_queue', queue, number, reason });
}

export function queuedStage(step: Step, id: CallId): Queued | undefined {
  const { stage } = step.call(id);
  return stage.at === 'queued' ? stage : undefined;
}
