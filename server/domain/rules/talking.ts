// Putting parties through to each other, hold, and recording.
import { AppError } from '../../errors.ts';
import { type Call, legOf } from '../call.ts';
import type { CallId, LegId } from '../ids.ts';
import type { Step } from '../step.ts';
import { openLegs, showAgent } from './parties.ts';

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
  const call = talkingCall(step, id, leg);
  if (step.leg(id, leg).holding) return;
  step.ofCall(id, { type: 'leg.held', leg });
  for (const other of othersOf(call, leg)) step.command({ do: 'hold', leg: other });
}

export function unhold(step: Step, id: CallId, leg: LegId): void {
  const call = talkingCall(step, id, leg);
  if (!step.leg(id, leg).holding) return;
  step.ofCall(id, { type: 'leg.unheld', leg });
  for (const other of othersOf(call, leg)) step.command({ do: 'unhold', leg: other });
}

/** Whoever is put through anew is on hold no more, nor holds. */
function endHolds(step: Step, id: CallId): void {
  const call = step.call(id);
  const held = new Set(call.consultation ? [call.consultation.party] : []);
  for (const leg of openLegs(call)) {
    if (!leg.holding) continue;
    for (const other of othersOf(call, leg.id)) held.add(other);
    step.ofCall(id, { type: 'leg.unheld', leg: leg.id });
  }
  for (const leg of held) if (step.leg(id, leg).state !== 'closed') step.command({ do: 'unhold', leg });
}

export function talkingCall(step: Step, id: CallId, leg: LegId): Call {
  const call = step.call(id);
  if (call.stage.at !== 'talking' || !call.stage.legs.includes(leg)) {
    throw new AppError('call.not_talking', `Leg ${leg} is not in a conversation.`);
  }
  return call;
}

export function othersOf(call: Call, leg: LegId): LegId[] {
  return call.stage.at === 'talking'
    ? call.stage.legs.filter((other) => other !== leg && legOf(call, other)?.state !== 'closed')
    : [];
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
