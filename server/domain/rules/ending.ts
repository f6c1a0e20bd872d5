// Endings. "I end it" (release, endCall) and "it was ended under me" (closeLeg) are two things; both may come twice.
import { isOnCall } from '../agent.ts';
import { type Call, isHere, isOpen, isReached, type Leg } from '../call.ts';
import type { CallOutcome, CloseCause } from '../events.ts';
import type { HangUpBy } from '../facts.ts';
import { after, type CallId, type UserId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';
import { reserveAgent, showAgent } from './parties.ts';
import { release } from './releasing.ts';
import { leaveRoute, leaveWaitingRoutes } from './leaving-routes.ts';
import { leaveIvr } from './leaving-ivr.ts';
import { leaveQueue } from './waiting.ts';

const q850OfOutcome: Record<CallOutcome, number> = {
  answered: q850.normal,
  abandoned: q850.normal,
  canceled: q850.normal,
  no_answer: q850.noAnswer,
  busy: q850.busy,
  rejected: q850.rejected,
  failed: q850.temporaryFailure,
};

/** Takes the whole call down. `outcome`: why, for one that never talked; a caller who was never answered is told it
 *  (SIP status by its cause). */
export function endCall(step: Step, id: CallId, outcome: CallOutcome, q850Cause = q850OfOutcome[outcome]): void {
  const call = step.call(id);
  if (call.stage.at === 'ending' || call.stage.at === 'ended') return;
  leaveQueue(step, id, 'abandoned');
  leaveIvr(step, id, { input: 'callEnded' });
  if (call.consultation) {
    const { by, leg } = call.consultation;
    step.ofCall(id, { type: 'transfer.cancelled', by, leg, reason: 'party_left' });
  }
  step.ofCall(id, { type: 'call.ending', outcome: step.call(id).firstTalkAt === null ? outcome : 'answered' });
  for (const leg of call.legs) {
    if (!isOpen(leg)) continue;
    const reached = isReached(call, leg);
    release(step, id, leg.id, reached ? 'DIALOG_LEFT' : 'CANCELED', reached ? q850Cause : q850.normal);
  }
  finishIfEmpty(step, id);
}

/** Nobody was reached: the caller is told by the cause that the called party's side gave, where there is no word for it. */
export function notReached(step: Step, id: CallId, outcome: CallOutcome, cause: number | null): void {
  endCall(step, id, outcome, outcome === 'failed' && cause !== null ? cause : q850OfOutcome[outcome]);
}

/** The leg is gone, says why. What that means for the call is decided after this (see legs.ts). */
export function closeLeg(step: Step, call: Call, leg: Leg, cause: number | null, by: HangUpBy): CloseCause {
  const said = leg.release?.cause ?? closeCauseOf(call, leg, cause, by);
  const talkMs = leg.talkingSince === null ? null : step.now - leg.talkingSince;
  step.ofCall(call.id, { type: 'leg.closed', leg: leg.id, cause: said, q850: cause, talkMs });
  leaveRoute(step, call.id, leg.id);
  releaseAgent(step, call, leg, said, by);
  return said;
}

/** docs/dialogs.md: a party that was reached hangs up; one that was not reached says why. */
function closeCauseOf(call: Call, leg: Leg, cause: number | null, by: HangUpBy): CloseCause {
  if (by === 'engine') return 'FAILED';
  if (isReached(call, leg)) return by === 'party' ? 'HANGUP' : 'DIALOG_LEFT';
  switch (cause) {
    case q850.busy:
      return 'BUSY';
    case q850.noResponse:
    case q850.noAnswer:
      return 'NO_ANSWER';
    case q850.rejected:
      return 'REJECTED';
    default:
      return 'FAILED';
  }
}

export function outcomeOf(cause: CloseCause): CallOutcome {
  switch (cause) {
    case 'BUSY':
      return 'busy';
    case 'NO_ANSWER':
      return 'no_answer';
    case 'REJECTED':
      return 'rejected';
    case 'CANCELED':
    case 'HANGUP':
    case 'DIALOG_LEFT':
      return 'canceled';
    case 'FAILED':
      return 'failed';
    default:
      return cause satisfies never;
  }
}

function releaseAgent(step: Step, call: Call, leg: Leg, said: CloseCause, by: HangUpBy): void {
  if (leg.party.kind !== 'agent') return;
  const { user } = leg.party;
  const agent = step.agent(user);
  if (!isOnCall(agent) || !('leg' in agent.phone) || agent.phone.leg !== leg.id) return;
  const queue = agent.phone.at === 'connected' && agent.phone.shown.queue;
  const wrapUpMs = queue ? (step.directory.queues.get(queue)?.wrapUpMs ?? 0) : 0;
  const missed = by !== 'engine' && isMissed(leg, said);
  const wrapUpUntil = wrapUpMs > 0 ? after(step.now, wrapUpMs) : null;
  step.ofAgent(user, { type: 'agent.released', call: call.id, missed, wrapUpUntil });
  pauseIfMissing(step, user);
  takeUpOtherLine(step, user);
}

/** A phone that never got as far as ringing has not been missed by anybody. */
function isMissed(leg: Leg, said: CloseCause): boolean {
  if (leg.side === 'caller' || leg.state === 'answered') return false;
  return said === 'REJECTED' || said === 'BUSY' || (said === 'NO_ANSWER' && leg.state === 'ringing');
}

/** His phone had a second line: that call is his now. */
function takeUpOtherLine(step: Step, user: UserId): void {
  for (const call of [...step.floor.calls()]) {
    const leg = call.legs.find((one) => isHere(one) && one.party.kind === 'agent' && one.party.user === user);
    if (!leg) continue;
    reserveAgent(step, call.id, leg.id, leg.party);
    if (leg.talkingSince !== null) showAgent(step, call.id, leg.id, 'agent.connected');
    else if (isReached(call, leg)) showAgent(step, call.id, leg.id, 'agent.calling');
    else if (leg.state === 'ringing') showAgent(step, call.id, leg.id, 'agent.ringing');
    return;
  }
}

function pauseIfMissing(step: Step, user: UserId): void {
  const limit = step.directory.space.missesBeforePause;
  const agent = step.agent(user);
  if (limit > 0 && agent.missed >= limit && agent.session.state === 'available') {
    step.ofAgent(user, { type: 'agent.paused', pause: 'user15', reason: 'missed' });
  }
}

/** When the last leg of an ending call is gone, the call has ended. */
export function finishIfEmpty(step: Step, id: CallId): void {
  const call = step.call(id);
  if (call.stage.at !== 'ending' || call.legs.some(isOpen)) return;
  if (call.recording) step.ofCall(id, { type: 'recording.stopped', recording: call.recording, durationMs: null });
  leaveWaitingRoutes(step, id);
  leaveServingQueue(step, id, 'served');
  const { talkMs } = step.call(id);
  const { outcome } = call.stage;
  step.ofCall(id, { type: 'call.ended', outcome, number: call.number, talkMs, durationMs: step.now - call.since });
}

/** The queue that put the call through lets it go. */
export function leaveServingQueue(step: Step, id: CallId, reason: 'served' | 'transferred'): void {
  const { servedBy, number } = step.call(id);
  if (servedBy) step.ofCall(id, { type: 'call.left_queue', queue: servedBy.queue, number, reason });
}
