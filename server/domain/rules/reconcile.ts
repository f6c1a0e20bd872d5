// The engine is back (or we are): what we believe is held against the legs that live now. Legs that died meanwhile
// are closed, commands whose effect is missing are given again, legs that nobody knows are hung up. Nothing that may
// have been dialled is dialled again.
import { type Call, isOpen } from '../call.ts';
import type { LiveLeg } from '../facts.ts';
import type { LegId } from '../ids.ts';
import type { Step } from '../step.ts';
import { legAnswered, legHungUp } from './legs.ts';
import { bridgeOf, consultationBridgeOf } from './talking.ts';

export function reconcile(step: Step, live: readonly LiveLeg[]): void {
  const living = new Map(live.map((leg) => [leg.leg, leg]));
  for (const call of [...step.floor.calls()]) {
    for (const leg of call.legs) {
      const now = step.floor.call(call.id);
      if (!now || !isOpen(leg)) continue;
      const found = living.get(leg.id);
      if (!found) legHungUp(step, now, leg, null, 'engine');
      else if (leg.release) step.command({ do: 'hangUp', leg: leg.id, cause: 16 });
      else if (found.answered) legAnswered(step, now, leg);
      else if (leg.state === 'answered') step.command({ do: 'answer', leg: leg.id });
    }
    const after = step.floor.call(call.id);
    if (after) restore(step, after, living);
  }
}

/** Which of the living legs belong to a call of this floor. */
export function knownLegs(calls: Iterable<Call>): Set<LegId> {
  const known = new Set<LegId>();
  for (const call of calls) for (const leg of call.legs) if (isOpen(leg)) known.add(leg.id);
  return known;
}

function restore(step: Step, call: Call, living: ReadonlyMap<LegId, LiveLeg>): void {
  const isIn = (leg: LegId, bridge: string) => living.get(leg)?.bridge === bridge;
  if (call.stage.at === 'queued' && !isIn(call.stage.served, bridgeOf(call.id))) {
    step.command({ do: 'startMusic', leg: call.stage.served });
  }
  if (call.stage.at !== 'talking') return;
  const consulted = call.consultation;
  const asked = consulted && call.legs.find((leg) => leg.id === consulted.leg);
  if (consulted && asked?.state === 'answered') {
    const bridge = consultationBridgeOf(call.id);
    const legs = [consulted.by, consulted.leg];
    if (!legs.every((leg) => isIn(leg, bridge))) step.command({ do: 'bridge', bridge, legs });
    return;
  }
  const bridge = bridgeOf(call.id);
  if (!call.stage.legs.every((leg) => isIn(leg, bridge))) step.command({ do: 'bridge', bridge, legs: call.stage.legs });
}
