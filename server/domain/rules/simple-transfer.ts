// Several numbers ring at once for a caller in an IVR, past their own settings and forwards. The first who answers has
// him; what that means for the IVR is decided in ivr.ts.
import { type Call, isHere, type Leg, legOf } from '../call.ts';
import { after, type CallId, type LegId } from '../ids.ts';
import type { InIvr } from '../in-ivr.ts';
import type { Step } from '../step.ts';
import { type Target, targetOf } from '../targets.ts';
import { leaveWaitingRoutes } from './leaving-routes.ts';
import { release } from './releasing.ts';
import { ringPhone } from './ringing.ts';
import { noteRoute } from './routing.ts';
import { letHearNothing, letHearRinging } from './sounds.ts';
import { bridgeOf } from './talking.ts';

export function ringAtOnce(step: Step, id: CallId, served: LegId, numbers: readonly string[], ringForMs: number): void {
  const until = after(step.now, ringForMs);
  letHearRinging(step, id, served);
  for (const target of targetsOf(step, numbers)) {
    if (target.kind === 'phone') ringPhone(step, id, served, target.extension, { forwards: 0, ringForMs });
    // Dialled as soon as the trunk lets it (routing.ts).
    else noteRoute(step, id, { served, trunk: target.trunk, to: target.number, consultation: true, until });
  }
}

type Ringable = Extract<Target, { kind: 'phone' | 'outside' }>;

/** Each once, however it was written. */
function targetsOf(step: Step, numbers: readonly string[]): Iterable<Ringable> {
  const targets = new Map<string, Ringable>();
  for (const number of numbers) {
    const target = targetOf(step.directory, number);
    if (target.kind === 'phone') targets.set(`phone ${target.extension.id}`, target);
    if (target.kind === 'outside') targets.set(`${target.trunk} ${target.number}`, target);
  }
  return targets.values();
}

/** Does nobody ring any more, nor wait to be dialled? */
export function nobodyRings(call: Call, { targets }: InIvr): boolean {
  return targets.length === 0 && call.routes.every(({ leg }) => leg !== null);
}

/** All who ring fall silent, but for the one who has answered. */
export function silenceTargets(step: Step, id: CallId, answered: LegId | null = null): void {
  const call = step.call(id);
  if (call.stage.at !== 'ivr') return;
  const { targets, heard, served } = call.stage;
  for (const leg of targets) {
    if (leg !== answered) release(step, id, leg, answered === null ? 'NO_ANSWER' : 'CANCELED');
  }
  leaveWaitingRoutes(step, id);
  if (answered !== null) return;
  if (heard !== null) step.command({ do: 'unbridge', bridge: bridgeOf(id) });
  letHearNothing(step, served);
}

/** One who rings can be heard. */
export function letHearTarget(step: Step, id: CallId, leg: Leg): void {
  const { stage } = step.call(id);
  if (stage.at !== 'ivr' || stage.heard !== leg.id) return;
  step.command({ do: 'bridge', bridge: bridgeOf(id), legs: [stage.served, leg.id] });
}

/** The one who was heard is gone: the caller leaves their bridge, and hears those ring who still do. */
export function heardTargetGone(step: Step, call: Call, stage: InIvr): void {
  if (!isHere(legOf(call, stage.served))) return;
  step.command({ do: 'unbridge', bridge: bridgeOf(call.id) });
  if (!nobodyRings(call, stage)) letHearRinging(step, call.id, stage.served);
}
