// All waiting has a limit. The earliest one sets the flow's only timer; `passDeadlines` does all that is due, so that
// after a restart, however late, nothing is forgotten.
import type { Agent } from '../agent.ts';
import { type Call, isHere, isOpen, type Leg, legOf } from '../call.ts';
import type { Directory } from '../directory.ts';
import { refusalRestMs } from '../distribution.ts';
import type { Floor } from '../floor.ts';
import { after, type CallId, type Instant, type LegId } from '../ids.ts';
import { nextIvrTick } from '../ivr/take.ts';
import { q850 } from '../q850.ts';
import type { Context, Step } from '../step.ts';
import { targetOf } from '../targets.ts';
import { endCall } from './ending.ts';
import { release } from './releasing.ts';
import { legHungUp } from './legs.ts';
import { overflow } from './queueing.ts';
import { endOffer } from './waiting.ts';
import { nextDialsOf } from './routing.ts';
import { goOnInIvr, serve } from './serving.ts';
import { backToParty } from './transfers.ts';

/** The engine has so long to say that a leg which we hung up is gone. */
export const releaseLimitMs = 15_000;

/** When `passDeadlines` is due next; null: nothing waits. While the engine is not ready no limit of a call passes.
 *  `among`: only the deadlines of these; default: of all. */
export function nextDeadline(
  floor: Floor,
  { directory, now, engineReady }: Pick<Context, 'directory' | 'now' | 'engineReady'>,
  among: { calls: Iterable<Call>; agents: Iterable<Agent> } = { calls: floor.calls(), agents: floor.agents() },
): Instant | null {
  let next: Instant | null = null;
  const earliest = (at: Instant): void => {
    if (next === null || at < next) next = at;
  };
  for (const agent of among.agents) if (agent.phone.at === 'wrap_up') earliest(agent.phone.until);
  if (engineReady) {
    for (const call of among.calls) for (const at of deadlinesOf(call, floor, directory, now)) earliest(at);
  }
  return next;
}

function* deadlinesOf(call: Call, floor: Floor, directory: Directory, now: Instant): Generator<Instant> {
  for (const leg of call.legs) if (isOpen(leg) && leg.release) yield after(leg.release.at, releaseLimitMs);
  const limit = limitOf(call, directory);
  if (limit !== null) yield limit;
  if (call.consultation && ringsOn(call, call.consultation.leg)) yield call.consultation.until;
  for (const again of retriesOf(call, floor, directory)) if (again > now) yield again;
  if (call.stage.at === 'queued') for (const offer of call.stage.offers) yield offer.until;
}

/** Until when the present stage may last. */
function limitOf(call: Call, directory: Directory): Instant | null {
  const { stage } = call;
  switch (stage.at) {
    case 'arriving':
      return call.legs.some(rings) ? call.arrivingUntil : null;
    case 'queued':
      return stage.overflowAt;
    case 'ringing':
      return ringsOn(call, stage.leg) ? stage.until : null;
    case 'routing':
      return stage.leg === null || ringsOn(call, stage.leg) ? stage.until : null;
    case 'ivr':
      return isHere(legOf(call, stage.served)) ? earliestOf(nextIvrTick(stage.run), endOfCall(call, directory)) : null;
    case 'talking':
      return endOfCall(call, directory);
    case 'ending':
    case 'ended':
      return null;
    default:
      return stage satisfies never;
  }
}

/** By the space's limit; null: there is none. */
function endOfCall(call: Call, { space }: Directory): Instant | null {
  return space.maxCallMs === null ? null : after(call.firstTalkAt ?? call.since, space.maxCallMs);
}

const earliestOf = (one: Instant | null, other: Instant | null): Instant | null =>
  one === null || (other !== null && other < one) ? other : one;

/** Moments at which distribution or dialling may go on without anything else happening. */
function* retriesOf(call: Call, floor: Floor, directory: Directory): Generator<Instant> {
  if (call.stage.at === 'queued') for (const { at } of call.stage.refused) yield after(at, refusalRestMs);
  yield* nextDialsOf({ floor, directory }, call);
}

function rings(leg: Leg): boolean {
  return (leg.state === 'new' || leg.state === 'ringing') && leg.release === null;
}

function ringsOn(call: Call, id: LegId): boolean {
  const leg = legOf(call, id);
  return leg !== undefined && rings(leg);
}

export function passDeadlines(step: Step): void {
  for (const agent of [...step.floor.agents()]) {
    if (agent.phone.at === 'wrap_up' && agent.phone.until <= step.now) {
      step.ofAgent(agent.user, { type: 'agent.wrap_up_ended' });
    }
  }
  if (!step.context.engineReady) return;
  for (const { id } of [...step.floor.calls()]) {
    giveUpReleases(step, id);
    passDeadlinesOf(step, id);
  }
}

/** The engine never said that they are gone: they are, for us. */
function giveUpReleases(step: Step, id: CallId): void {
  for (const leg of step.call(id).legs) {
    const call = step.floor.call(id);
    if (!call || !isOpen(leg) || !leg.release || after(leg.release.at, releaseLimitMs) > step.now) continue;
    step.command({ do: 'hangUp', leg: leg.id, cause: q850.normal });
    legHungUp(step, call, leg, null, 'engine');
  }
}

function passDeadlinesOf(step: Step, id: CallId): void {
  const call = step.floor.call(id);
  if (!call) return;
  const { stage, consultation } = call;
  if (consultation && ringsOn(call, consultation.leg) && consultation.until <= step.now) {
    backToParty(step, id, consultation, 'not_reached');
  }
  if (stage.at === 'queued') {
    if (!step.directory.queues.has(stage.queue)) return queueIsGone(step, id);
    for (const offer of stage.offers) if (offer.until <= step.now) endOffer(step, id, offer.leg, 'no_answer');
  }
  const limit = limitOf(call, step.directory);
  if (limit !== null && limit <= step.now) passLimit(step, call);
}

function queueIsGone(step: Step, id: CallId): void {
  overflow(step, id);
  endCall(step, id, 'failed', q850.unallocated);
}

function passLimit(step: Step, call: Call): void {
  const { id, stage, legs } = call;
  switch (stage.at) {
    case 'arriving':
      for (const leg of legs) release(step, id, leg.id, 'NO_ANSWER');
      return;
    case 'queued': {
      const left = overflow(step, id);
      if (!left) return;
      if (left.to === null) return endCall(step, id, 'no_answer', q850.normal);
      return serve(step, id, left.served, targetOf(step.directory, left.to));
    }
    case 'ringing':
      return release(step, id, stage.leg, 'NO_ANSWER');
    case 'routing':
      if (stage.leg === null) return endCall(step, id, 'failed', q850.noCircuit);
      return release(step, id, stage.leg, 'NO_ANSWER');
    case 'ivr': {
      const end = endOfCall(call, step.directory);
      if (end !== null && end <= step.now) return endCall(step, id, 'answered');
      return goOnInIvr(step, id, { input: 'tick' });
    }
    case 'talking':
      return endCall(step, id, 'answered');
    case 'ending':
    case 'ended':
      return;
    default:
      stage satisfies never;
  }
}
