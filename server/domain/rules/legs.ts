// What a leg's facts mean for its call.
import { type Call, isHere, isOpen, type Leg, legOf } from '../call.ts';
import type { Directory } from '../directory.ts';
import type { HangUpBy } from '../facts.ts';
import type { CallId } from '../ids.ts';
import type { Step } from '../step.ts';
import { outsideBy, type Target, targetOf } from '../targets.ts';
import { closeLeg, endCall, finishIfEmpty, leaveServingQueue, notReached, outcomeOf } from './ending.ts';
import { legOfIvrClosed, targetAnswered } from './ivr.ts';
import { showAgent } from './parties.ts';
import { offerClosed, takeOffer } from './queueing.ts';
import { release } from './releasing.ts';
import { routeConnected } from './routing.ts';
import { leadOn, phoneNotReached, serve } from './serving.ts';
import { letHearTarget } from './simple-transfer.ts';
import { connect, onHold, restoreHolds, showConnected, startRecording } from './talking.ts';
import { consultationAnswered, consultationLegClosed } from './transfers.ts';

export function legRinging(step: Step, call: Call, leg: Leg): void {
  if (leg.state !== 'new' || leg.release) return;
  step.ofCall(call.id, { type: 'leg.ringing', leg: leg.id });
  showAgent(step, call.id, leg.id, 'agent.ringing');
}

export function legHasEarlyMedia(step: Step, call: Call, leg: Leg): void {
  step.ofCall(call.id, { type: 'leg.early_media', leg: leg.id });
  const isFirstHeard = call.stage.at === 'ivr' && call.stage.heard === null;
  if (isFirstHeard) letHearTarget(step, call.id, leg);
}

export function legAnswered(step: Step, call: Call, leg: Leg): void {
  // An answer that crossed our hang-up changes nothing: the offer was taken back, the phone falls silent.
  if (leg.state === 'answered' || leg.state === 'closed' || leg.release) return;
  step.ofCall(call.id, { type: 'leg.answered', leg: leg.id });
  const { stage, consultation } = call;
  if (consultation?.leg === leg.id) {
    routeConnected(step, call.id, leg.id);
    return consultationAnswered(step, step.call(call.id));
  }
  switch (stage.at) {
    case 'arriving':
      return placeOn(step, call.id, leg);
    case 'queued':
      return takeOffer(step, call.id, leg.id);
    case 'ringing':
    case 'routing':
      if (stage.leg !== leg.id) return;
      if (!isHere(legOf(call, stage.served))) return release(step, call.id, leg.id, 'DIALOG_LEFT');
      routeConnected(step, call.id, leg.id);
      connect(step, call.id, [stage.served, leg.id]);
      if (call.campaign?.dial.recorded) startRecording(step, call.id);
      return showConnected(step, call.id, [stage.served, leg.id]);
    case 'ivr':
      return targetAnswered(step, step.call(call.id), leg);
    case 'talking':
    case 'ending':
    case 'ended':
      return;
    default:
      return stage satisfies never;
  }
}

/** The agent has picked up his own phone: now the number that he asked for. */
function placeOn(step: Step, id: CallId, leg: Leg): void {
  showAgent(step, id, leg.id, 'agent.calling');
  const { campaign, dialled, direction } = step.call(id);
  const { directory } = step;
  if (campaign) {
    serve(
      step,
      id,
      leg.id,
      outsideBy(directory, directory.trunks.get(campaign.dial.trunk), `+${campaign.dial.number}`),
    );
  } else {
    serve(
      step,
      id,
      leg.id,
      direction === 'outbound' ? placedOutside(directory, dialled) : targetOf(directory, dialled),
    );
  }
}

/** `dialled`: as a route has it, else in international form, whose beginning must not be read as the own country's:
 *  48221234567 is a number of Germany's, too. */
function placedOutside(directory: Directory, dialled: string): Target {
  for (const one of directory.extensions.values()) {
    if (one.type === 'route' && one.to === dialled) return targetOf(directory, one.number);
  }
  return targetOf(directory, `+${dialled}`);
}

export function legHungUp(step: Step, call: Call, leg: Leg, cause: number | null, by: HangUpBy): void {
  if (leg.state === 'closed') return;
  const said = closeLeg(step, call, leg, cause, by);
  const { stage, consultation } = call;
  const lost = said === 'FAILED';
  switch (stage.at) {
    case 'arriving':
      return endCall(step, call.id, outcomeOf(said));
    case 'queued':
      if (stage.served === leg.id) return endCall(step, call.id, lost ? 'failed' : 'abandoned');
      return offerClosed(step, call.id, leg.id, cause);
    case 'ringing':
      if (stage.served === leg.id) return endCall(step, call.id, lost ? 'failed' : 'canceled');
      if (stage.leg === leg.id) return phoneNotReached(step, step.call(call.id), outcomeOf(said), cause);
      return;
    case 'routing':
      if (stage.served === leg.id) return endCall(step, call.id, lost ? 'failed' : 'canceled');
      if (stage.leg === leg.id) return notReached(step, call.id, outcomeOf(said), cause);
      return;
    case 'ivr':
      return leadOn(step, call, legOfIvrClosed(step, call, leg, lost));
    case 'talking':
      // Whom he had put on hold, or asked to wait, nobody else would let go.
      restoreHolds(step, call.id, onHold(call));
      if (consultation) return consultationLegClosed(step, call.id, leg.id, consultation);
      return partyLeft(step, call.id, leg);
    case 'ending':
      return finishIfEmpty(step, call.id);
    case 'ended':
      return;
    default:
      return stage satisfies never;
  }
}

/** Two go on talking without the third; one alone is a call that has ended. */
function partyLeft(step: Step, id: CallId, gone: Leg): void {
  const { stage, legs, servedBy } = step.call(id);
  if (stage.at !== 'talking' || !stage.legs.includes(gone.id)) return;
  const here = legs.filter((leg) => stage.legs.includes(leg.id) && isOpen(leg)).map((leg) => leg.id);
  if (here.length < 2) return endCall(step, id, 'answered');
  step.ofCall(id, { type: 'call.talking', legs: here });
  if (servedBy?.leg === gone.id) leaveServingQueue(step, id, 'transferred');
}
