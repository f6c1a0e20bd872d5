// Ringing one phone outside queues.
import type { ExtensionSettings } from '../directory.ts';
import { after, type CallId, type LegId } from '../ids.ts';
import type { Step } from '../step.ts';
import { callerIdInside, phoneParty, reserveAgent } from './parties.ts';

export function ringPhone(
  step: Step,
  id: CallId,
  served: LegId,
  extension: ExtensionSettings & { type: 'phone' },
  forwards: number,
): void {
  const call = step.call(id);
  const leg = step.context.newLeg();
  const party = phoneParty(step.directory, extension);
  const ringForMs = step.directory.space.ringTimeoutMs;
  step.ofCall(id, { type: 'leg.created', leg, side: 'callee', party });
  step.ofCall(id, {
    type: 'phone.rung',
    extension: extension.id,
    served,
    leg,
    until: after(step.now, ringForMs),
    forwards,
  });
  reserveAgent(step, id, leg, party);
  letHearRinging(step, id, served);
  step.command({
    do: 'originate',
    leg,
    to: { kind: 'phone', extension: extension.id },
    callerId: callerIdInside(call, party),
    ringForMs,
    autoAnswer: false,
  });
}

/** The waiting party hears that something rings: by signalling, or by a tone once it has been answered. */
export function letHearRinging(step: Step, id: CallId, served: LegId): void {
  if (step.leg(id, served).state === 'answered') {
    step.command({ do: 'play', leg: served, playback: `${served}-ringing`, sound: 'tone:ring' });
  } else {
    step.command({ do: 'ring', leg: served });
  }
}
