// Putting parties through to each other, hold, and recording.
import { AppError } from '../../errors.ts';
import { type Call, isHere, isOpen, type Leg, legOf } from '../call.ts';
import type { CallId, LegId } from '../ids.ts';
import type { Step } from '../step.ts';
import { showAgent } from './parties.ts';

/** One bridge a call, one more for a consultation. */
export const bridgeOf = (call: CallId): string => call;
export const consultationBridgeOf = (call: CallId): string => `${call}-consultation`;

/** These legs hear each other from now on. One that was never answered is answered first. */
export function connect(step: Step, id: CallId, legs: LegId[]): void {
  endHolds(step, id);
  for (const leg of legs) answer(step, id, leg);
  step.command({ do: 'bridge', bridge: bridgeOf(id), legs });
  step.ofCall(id, { type: 'call.talking', legs });
  for (const leg of legs) {
    if (step.leg(id, leg).talkingSince === null) step.ofCall(id, { type: 'leg.talking', leg });
  }
}

/** Shows each agent among the talking parties as connected. */
export function showConnected(step: Step, id: CallId, legs: readonly LegId[]): void {
  for (const leg of legs) showAgent(step, id, leg, 'agent.connected');
}

/** Our answer takes effect with the engine's taking of the command; its own fact then says nothing new. */
export function answer(step: Step, id: CallId, leg: LegId): void {
  if (step.leg(id, leg).state === 'answered') return;
  step.command({ do: 'answer', leg });
  step.ofCall(id, { type: 'leg.answered', leg });
}

export function hold(step: Step, id: CallId, leg: LegId): void {
  const others = talkingWith(step, id, leg);
  if (step.leg(id, leg).holding) return;
  step.ofCall(id, { type: 'leg.held', leg });
  for (const other of others) step.command({ do: 'hold', leg: other });
}

export function unhold(step: Step, id: CallId, leg: LegId): void {
  const others = talkingWith(step, id, leg);
  if (!step.leg(id, leg).holding) return;
  step.ofCall(id, { type: 'leg.unheld', leg });
  for (const other of others) step.command({ do: 'unhold', leg: other });
}

/** The phone has seen to what the others hear. */
export function heldByPhone(step: Step, call: Call, leg: Leg): void {
  if (!leg.holding) step.ofCall(call.id, { type: 'leg.held', leg: leg.id });
}

/** Ends a hold that was asked of us as well. */
export function unheldByPhone(step: Step, call: Call, leg: Leg): void {
  if (!leg.holding) return;
  step.ofCall(call.id, { type: 'leg.unheld', leg: leg.id });
  for (const other of partnersOf(call, leg.id)) step.command({ do: 'unhold', leg: other });
}

/** Whoever is put through anew is on hold no more, nor holds. `keptOnHold`: goes on hearing music. */
export function endHolds(step: Step, id: CallId, keptOnHold: LegId | null = null): void {
  const call = step.call(id);
  for (const leg of call.legs) if (leg.holding) step.ofCall(id, { type: 'leg.unheld', leg: leg.id });
  for (const leg of onHold(call)) if (leg !== keptOnHold) step.command({ do: 'unhold', leg });
}

/** Who hears music because another party holds, or consults. */
export function onHold(call: Call): Set<LegId> {
  const held = new Set<LegId>();
  if (call.consultation && isOpen(legOf(call, call.consultation.party)!)) held.add(call.consultation.party);
  for (const leg of call.legs) if (leg.holding) for (const other of partnersOf(call, leg.id)) held.add(other);
  return held;
}

/** Makes the engine's holds what the call says. `maybeHeld`: who might be on hold there. */
export function restoreHolds(step: Step, id: CallId, maybeHeld: Iterable<LegId>): void {
  const held = onHold(step.call(id));
  for (const leg of maybeHeld) {
    if (isHere(step.leg(id, leg))) step.command({ do: held.has(leg) ? 'hold' : 'unhold', leg });
  }
}

/** The parties whom this one talks with; throws `call.not_talking` if there are none. */
function talkingWith(step: Step, id: CallId, leg: LegId): LegId[] {
  const call = step.call(id);
  const partners = isHere(step.leg(id, leg)) ? partnersOf(call, leg) : [];
  if (partners.length === 0) throw new AppError('call.not_talking', `Leg ${leg} is not in a conversation.`);
  return partners;
}

/** While a consultation runs, the transferor talks with the asked party, if that has answered, and nobody else. */
export function partnersOf(call: Call, leg: LegId): LegId[] {
  const { stage, consultation } = call;
  if (stage.at !== 'talking') return [];
  const together = consultation ? consulting(call) : stage.legs;
  return together.includes(leg) ? together.filter((other) => other !== leg && isHere(legOf(call, other))) : [];
}

function consulting({ consultation, legs }: Call): LegId[] {
  const asked = legs.find((leg) => leg.id === consultation?.leg);
  return consultation && asked?.state === 'answered' ? [consultation.by, asked.id] : [];
}

/** Begun or ended amid the conversation: whoever talks is shown with it. */
export function recordAsked(step: Step, id: CallId, on: boolean): void {
  const { recording } = step.call(id);
  if (on) startRecording(step, id);
  else stopRecording(step, id);
  const { recording: now, legs } = step.call(id);
  if ((now === null) === (recording === null)) return;
  const talking = legs.filter((leg) => isHere(leg) && leg.talkingSince !== null);
  showConnected(
    step,
    id,
    talking.map((leg) => leg.id),
  );
}

export function startRecording(step: Step, id: CallId): void {
  const call = step.call(id);
  if (call.recording !== null) return;
  if (call.stage.at !== 'talking')
    throw new AppError('call.not_talking', `Call ${id} is not talking, so there is nothing to record.`);
  const recording = `${id}-${step.now}`;
  step.ofCall(id, { type: 'recording.started', recording });
  step.command({ do: 'record', bridge: bridgeOf(id), recording });
}

export function stopRecording(step: Step, id: CallId): void {
  const { recording } = step.call(id);
  if (recording === null) return;
  step.ofCall(id, { type: 'recording.stopped', recording, durationMs: null });
  step.command({ do: 'stopRecord', recording });
}
