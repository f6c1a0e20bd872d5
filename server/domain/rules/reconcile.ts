// The engine is back (or we are): what we believe is held against the legs that live now. Legs that died meanwhile
// are closed, commands whose effect is missing are given again (each does nothing where it has its effect). Nothing
// that may have been dialled is dialled again.
import { type Call, isHere, isOpen, legOf } from '../call.ts';
import type { LiveLeg } from '../facts.ts';
import type { InIvr } from '../in-ivr.ts';
import type { CallId, LegId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';
import { legAnswered, legHungUp } from './legs.ts';
import { goOnInIvr } from './serving.ts';
import { letHearMusic, letHearRingingAgain } from './sounds.ts';
import { bridgeOf, consultationBridgeOf, restoreHolds } from './talking.ts';

/** `answersCome`: the questions to customers' URLs that are still being asked. */
export function reconcile(step: Step, live: readonly LiveLeg[], answersCome: ReadonlySet<string>): void {
  const living = new Map(live.map((leg) => [leg.leg, leg]));
  for (const { id, legs } of [...step.floor.calls()]) {
    for (const before of legs.filter(isOpen)) {
      const call = step.floor.call(id);
      if (!call) break;
      const found = living.get(before.id);
      // As it was before: it closes for its own end, not for that of the call which follows from another's.
      if (!found) legHungUp(step, call, before, null, 'engine');
      else resume(step, call, before.id, found);
    }
    const call = step.floor.call(id);
    if (call) restore(step, call, living, answersCome);
  }
}

function resume(step: Step, call: Call, id: LegId, { answered }: LiveLeg): void {
  const leg = legOf(call, id);
  if (!leg || !isOpen(leg)) return;
  if (leg.release) step.command({ do: 'hangUp', leg: id, cause: q850.normal });
  else if (answered) legAnswered(step, call, leg);
  else if (leg.state === 'answered') step.command({ do: 'answer', leg: id });
}

function restore(step: Step, call: Call, living: ReadonlyMap<LegId, LiveLeg>, answersCome: ReadonlySet<string>): void {
  const { stage, consultation } = call;
  if (stage.at === 'queued' && isHere(legOf(call, stage.served))) letHearMusic(step, stage.served);
  const rings = stage.at === 'ringing' || stage.at === 'routing';
  if (rings && isHere(legOf(call, stage.served))) letHearRingingAgain(step, call.id, stage.served);
  if (stage.at === 'ivr') return restoreIvr(step, call.id, stage, answersCome);
  if (stage.at !== 'talking') return;
  const together = (bridge: string, legs: LegId[]) => {
    if (!legs.every((leg) => living.get(leg)?.bridge === bridge)) step.command({ do: 'bridge', bridge, legs });
  };
  const asked = consultation && legOf(call, consultation.leg);
  if (consultation && asked?.state === 'answered') {
    together(consultationBridgeOf(call.id), [consultation.by, asked.id]);
    restoreHolds(step, call.id, [consultation.party, consultation.by, asked.id]);
    return;
  }
  if (consultation && asked && isHere(legOf(call, consultation.by)))
    letHearRingingAgain(step, call.id, consultation.by);
  const here = stage.legs.filter((leg) => isHere(legOf(call, leg)));
  together(bridgeOf(call.id), here);
  restoreHolds(step, call.id, here);
}

function restoreIvr(step: Step, id: CallId, stage: InIvr, answersCome: ReadonlySet<string>): void {
  const { served, heard, run } = stage;
  const { activity } = run;
  if (!isHere(step.leg(id, served))) return;
  // Whether it plays music the engine may not know; between two sounds nobody wants any.
  step.command({ do: 'stopMusic', leg: served });
  if (activity.doing === 'transferring' && heard === null) letHearRingingAgain(step, id, served);
  const answerComes = activity.doing === 'asking' && answersCome.has(activity.request);
  goOnInIvr(step, id, { input: 'backAgain', answerComes });
}
