// A party that is here is led to where it wants: phone, queue, or out. Forwards are followed.
import { type Call, isHere } from '../call.ts';
import type { ExtensionSettings } from '../directory.ts';
import type { CallOutcome } from '../events.ts';
import type { CallId, LegId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';
import { type Target, targetOf, type WhyNowhere } from '../targets.ts';
import { endCall, notReached } from './ending.ts';
import type { IvrInput } from '../ivr/take.ts';
import { beginIvr, takeIntoRun } from './ivr.ts';
import { enqueue } from './queueing.ts';
import { mostForwards, phoneNow } from './reaching.ts';
import { ringPhone } from './ringing.ts';
import { enterRoute } from './routing.ts';
import { letHearRinging } from './sounds.ts';

export function serve(step: Step, id: CallId, served: LegId, target: Target, forwards = 0): void {
  if (!isHere(step.leg(id, served))) return endCall(step, id, 'canceled');
  switch (target.kind) {
    case 'queue': {
      const queue = step.directory.queues.get(target.queue);
      return queue ? enqueue(step, id, served, queue, target.urgency) : endCall(step, id, 'failed', q850.unallocated);
    }
    case 'ivr':
      return serveByIvr(step, id, served, target, forwards);
    case 'outside':
      return enterRoute(step, id, served, target.trunk, target.number);
    case 'phone':
      return servePhone(step, id, served, target.extension, forwards);
    case 'none':
      return endCall(step, id, 'failed', causeOf(target.why));
    default:
      return target satisfies never;
  }
}

function causeOf(why: WhyNowhere): number {
  return why === 'unknown' || why === 'not_a_number' || why === 'too_long' ? q850.unallocated : q850.rejected;
}

function serveByIvr(step: Step, id: CallId, served: LegId, target: Target & { kind: 'ivr' }, forwards: number): void {
  if (forwards >= mostForwards) {
    const message = `IVRs and forwards have led the call on ${forwards} times without ever waiting, so it is hung up.`;
    step.ofCall(id, { type: 'ivr.warned', code: 'loop', message, line: null, column: null });
    return endCall(step, id, 'failed');
  }
  const ledOn = beginIvr(step, id, served, target);
  if (ledOn) serve(step, id, served, ledOn, forwards + 1);
}

/** Something happened to a call in an IVR, which may lead the caller on. */
export function goOnInIvr(step: Step, id: CallId, input: IvrInput): void {
  leadOn(step, step.call(id), takeIntoRun(step, id, input));
}

/** `before`: when the caller was in the IVR still. null: he is not led on. */
export function leadOn(step: Step, before: Call, to: Target | null): void {
  if (to !== null && before.stage.at === 'ivr') serve(step, before.id, before.stage.served, to);
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
  letHearRinging(step, id, served);
  ringPhone(step, id, served, extension, { forwards, ringForMs: step.directory.space.ringTimeoutMs });
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
