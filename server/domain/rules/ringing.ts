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
  { forwards, ringForMs }: { forwards: number; ringForMs: number },
): void {
  const call = step.call(id);
  const leg = step.context.newLeg();
  const party = phoneParty(step.directory, extension);
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
  step.command({
    do: 'originate',
    leg,
    to: { kind: 'phone', extension: extension.id },
    callerId: callerIdInside(call, party),
    ringForMs,
    autoAnswer: false,
  });
}
