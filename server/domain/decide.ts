// decide(floor, input, context) → events, then commands. Pure: the same floor, input and context give the same
// decision; nothing outside is read or changed. Throws an AppError for a request that cannot be met, and then
// nothing of it has happened.
import { AppError } from '../errors.ts';
import type { LiveLeg, VoiceFact } from './facts.ts';
import type { Floor } from './floor.ts';
import type { LegId } from './ids.ts';
import type { Request } from './requests.ts';
import { phoneReachable, setAgentState } from './rules/agents.ts';
import { legArrived, placeCall } from './rules/arrivals.ts';
import { passDeadlines } from './rules/deadlines.ts';
import { endCall } from './rules/ending.ts';
import { legAnswered, legHungUp, legRinging } from './rules/legs.ts';
import { distribute } from './rules/queueing.ts';
import { reconcile } from './rules/reconcile.ts';
import { release } from './rules/releasing.ts';
import { dialWaiting } from './rules/routing.ts';
import { hold, startRecording, stopRecording, unhold } from './rules/talking.ts';
import { cancelTransfer, completeTransfer, transfer } from './rules/transfers.ts';
import { type Context, type Decision, Step } from './step.ts';

export type LegFact = Exclude<VoiceFact, { type: 'down' | 'up' }>;

export type Input =
  | { input: 'fact'; fact: LegFact }
  | { input: 'request'; request: Request }
  /** Time has passed. */
  | { input: 'tick' }
  /** The engine is connected; these are all its legs (of any space). */
  | { input: 'reconcile'; live: readonly LiveLeg[] }
  /** The server goes down: every call ends. */
  | { input: 'hangUpAll' };

export function decide(floor: Floor, input: Input, context: Context): Decision {
  const step = new Step(floor, context);
  take(step, input);
  // Whatever happened may have freed an agent, a channel, or brought somebody who waits for one.
  distribute(step);
  dialWaiting(step);
  return step.decision();
}

function take(step: Step, input: Input): void {
  switch (input.input) {
    case 'fact':
      return takeFact(step, input.fact);
    case 'request':
      return takeRequest(step, input.request);
    case 'tick':
      return passDeadlines(step);
    case 'reconcile':
      return reconcile(step, input.live);
    case 'hangUpAll':
      for (const call of [...step.floor.calls()])
        endCall(step, call.id, call.firstTalkAt === null ? 'failed' : 'answered');
      return;
    default:
      return input satisfies never;
  }
}

function takeFact(step: Step, fact: LegFact): void {
  switch (fact.type) {
    case 'arrived':
      return legArrived(step, fact);
    case 'phoneReachable':
      return phoneReachable(step, fact.extension, fact.reachable);
    case 'played':
      return;
    case 'recorded':
      return recorded(step, fact.recording, fact.durationMs);
    default:
      return takeLegFact(step, fact);
  }
}

function takeLegFact(
  step: Step,
  fact: Extract<LegFact, { leg: LegId }> & { type: Exclude<LegFact['type'], 'arrived' | 'played'> },
): void {
  const call = step.floor.callWithLeg(fact.leg);
  const leg = call?.legs.find((one) => one.id === fact.leg);
  // A fact of a call that has ended: the engine's last word came after ours.
  if (!call || !leg) return;
  switch (fact.type) {
    case 'ringing':
      return legRinging(step, call, leg);
    case 'earlyMedia':
      return step.ofCall(call.id, { type: 'leg.early_media', leg: leg.id });
    case 'answered':
      return legAnswered(step, call, leg);
    case 'digit':
      return step.ofCall(call.id, { type: 'leg.digit', leg: leg.id, digit: fact.digit, durationMs: fact.durationMs });
    case 'held':
      return leg.holding ? undefined : step.ofCall(call.id, { type: 'leg.held', leg: leg.id });
    case 'unheld':
      return leg.holding ? step.ofCall(call.id, { type: 'leg.unheld', leg: leg.id }) : undefined;
    case 'transferAsked':
      return transfer(step, call.id, leg.id, fact.to, 'blind');
    case 'hungUp':
      return legHungUp(step, call, leg, fact.q850, fact.by);
    default:
      return fact satisfies never;
  }
}

/** The engine ended a recording by itself. */
function recorded(step: Step, recording: string, durationMs: number | null): void {
  for (const call of step.floor.calls()) {
    if (call.recording === recording) step.ofCall(call.id, { type: 'recording.stopped', recording, durationMs });
  }
}

function takeRequest(step: Step, request: Request): void {
  switch (request.ask) {
    case 'placeCall':
      return placeCall(step, request.user, request.to, request.origin);
    case 'setAgentState':
      return setAgentState(step, request.user, request.state, request.pause);
    case 'record':
      step.call(request.call);
      return request.on ? startRecording(step, request.call) : stopRecording(step, request.call);
    case 'hangUp':
    case 'hold':
    case 'unhold':
    case 'transfer':
    case 'completeTransfer':
    case 'cancelTransfer':
      return takeLegRequest(step, request);
    default:
      return request satisfies never;
  }
}

function takeLegRequest(step: Step, request: Extract<Request, { leg: LegId }>): void {
  const call = step.floor.callWithLeg(request.leg);
  if (!call) throw new AppError('call.not_found', `No live call has the leg ${request.leg}.`);
  switch (request.ask) {
    case 'hangUp': {
      const leg = step.leg(call.id, request.leg);
      const reached = leg.state === 'answered' || leg.side === 'caller';
      return release(step, call.id, request.leg, reached ? 'HANGUP' : 'CANCELED');
    }
    case 'hold':
      return hold(step, call.id, request.leg);
    case 'unhold':
      return unhold(step, call.id, request.leg);
    case 'transfer':
      return transfer(step, call.id, request.leg, request.to, request.kind);
    case 'completeTransfer':
      return completeTransfer(step, call.id, request.leg);
    case 'cancelTransfer':
      return cancelTransfer(step, call.id, request.leg);
    default:
      return request satisfies never;
  }
}
