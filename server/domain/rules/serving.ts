// A party that is here is led to where it wants: phone, queue, or out. Forwards are followed.
import { type Call, isHere } from '../call.ts';
import type { ExtensionSettings } from '../directory.ts';
import type { CallOutcome } from '../events.ts';
import type { CallId, LegId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';
import { type Target, targetOf } from '../targets.ts';
import { endCall, notReached } from './ending.ts';
import { enqueue } from './queueing.ts';
import { mostForwards, phoneNow } from './reaching.ts';
import { ringPhone } from './ringing.ts';
import { enterRoute } from './routing.ts';

export function serve(step: Step, id: CallId, served: LegId, target: Target, forwards = 0): void {
  if (!isHere(step.leg(id, served))) return endCall(step, id, 'canceled');
  switch (target.kind) {
    case 'queue': {
      const queue = step.directory.queues.get(target.queue);
      return queue ? enqueue(step, id, served, queue) : endCall(step, id, 'failed', q850.unallocated);
    }
    case 'outside':
      return enterRoute(step, id, served, target.trunk, target.number);
    case 'phone':
      return servePhone(step, id, served, target.extension, forwards);
    case 'none':
      return endCall(step, id, 'failed', target.why === 'unknown' ? q850.unallocated : q850.rejected);
    default:
      return target satisfies never;
  }
}

function servePhone(
  step: Step,
  id: CallId,
  served: LegId,
  extension: ExtensionSettings & { type: 'phone' },
  forwards: number,
): void {
  const phone = phoneNow(step, extension);
  if (phone.is !== 'free') {
    return follow(step, id, served, phone.forward, forwards, phone.is === 'busy' ? 'busy' : 'no_answer');
  }
  ringPhone(step, id, served, extension, forwards);
}

/** The rung phone was not reached: its forwards decide, or the call ends so. */
export function phoneNotReached(step: Step, call: Call, outcome: CallOutcome, cause: number | null): void {
  if (call.stage.at !== 'ringing') return;
  const { served, extension } = call.stage;
  const settings = step.directory.extensions.get(extension);
  const forward = settings?.type === 'phone' ? settings.forward : undefined;
  const to = outcome === 'busy' || outcome === 'rejected' ? forward?.busy : forward?.noAnswer;
  follow(step, call.id, served, to ?? null, call.forwards, outcome, cause);
}

function follow(
  step: Step,
  id: CallId,
  served: LegId,
  to: string | null,
  forwards: number,
  otherwise: CallOutcome,
  cause: number | null = null,
): void {
  if (to === null || forwards >= mostForwards) return notReached(step, id, otherwise, cause);
  serve(step, id, served, targetOf(step.directory, to), forwards + 1);
}
