// decide(floor, input, context) → events, then commands. Pure: the same floor, input and context give the same
// decision; nothing outside is read or changed. Throws an AppError for a request that cannot be met, and then
// nothing of it has happened.
import { AppError } from '../errors.ts';
import { type Call, isOpen, type Leg } from './call.ts';
import type { LiveLeg, VoiceFact } from './facts.ts';
import type { Floor } from './floor.ts';
import type { CallId, LegId } from './ids.ts';
import type { Answer } from './ivr/asking.ts';
import { q850 } from './q850.ts';
import type { Request } from './requests.ts';
import { logOutTheDeleted, phoneReachable, setAgentState } from './rules/agents.ts';
import { callContact, legArrived, placeCall } from './rules/arrivals.ts';
import { passDeadlines } from './rules/deadlines.ts';
import { endCall } from './rules/ending.ts';
import { legAnswered, legHasEarlyMedia, legHungUp, legRinging } from './rules/legs.ts';
import { distribute, mayMatch } from './rules/queueing.ts';
import { reconcile } from './rules/reconcile.ts';
import { hangUpAsked } from './rules/releasing.ts';
import { dialWaiting } from './rules/routing.ts';
import { goOnInIvr } from './rules/serving.ts';
import { heldByPhone, hold, recordAsked, unhold, unheldByPhone } from './rules/talking.ts';
import { cancelTransfer, completeTransfer, transfer, transferByPhone } from './rules/transfers.ts';
import { type Context, type Decision, Step } from './step.ts';

export type LegFact = Exclude<VoiceFact, { type: 'down' | 'up' }>;

export type Input =
  | { input: 'fact'; fact: LegFact }
  | { input: 'request'; request: Request }
  /** What came of a question to a customer's URL. */
  | { input: 'ivrAnswered'; call: CallId; answer: Answer }
  /** Time has passed. */
  | { input: 'tick' }
  /** The engine is connected; these are all its legs (of any space), and these the questions to customers' URLs whose
   *  answers will still come. */
  | { input: 'reconcile'; live: readonly LiveLeg[]; asked: ReadonlySet<string> }
  /** The server goes down: every call ends. */
  | { input: 'hangUpAll' };

export function decide(floor: Floor, input: Input, context: Context): Decision {
  const step = new Step(floor, context);
  take(step, input);
  // Whatever happened may have freed an agent, a channel, or brought somebody who waits for one.
  if (context.engineReady) {
    if (input.input === 'tick' || input.input === 'reconcile' || mayMatch(step.events)) distribute(step);
    dialWaiting(step);
  }
  return step.decision();
}

function take(step: Step, input: Input): void {
  switch (input.input) {
    case 'fact':
      return takeFact(step, input.fact);
    case 'request':
      return takeRequest(step, input.request);
    case 'ivrAnswered':
      if (step.floor.call(input.call)) goOnInIvr(step, input.call, { input: 'answered', ...input.answer });
      return;
    case 'tick':
      logOutTheDeleted(step);
      return passDeadlines(step);
    case 'reconcile':
      reconcile(step, input.live, input.asked);
      return passDeadlines(step);
    case 'hangUpAll':
      for (const call of [...step.floor.calls()]) endCall(step, call.id, 'failed');
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
      return played(step, fact.leg, fact.playback);
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
  if (!call || !leg || !isOpen(leg)) {
    // We gave it up (it was lost, or its release took too long), and it lives after all.
    if (fact.type !== 'hungUp') step.command({ do: 'hangUp', leg: fact.leg, cause: q850.normal });
    return;
  }
  switch (fact.type) {
    case 'ringing':
      return legRinging(step, call, leg);
    case 'earlyMedia':
      return legHasEarlyMedia(step, call, leg);
    case 'answered':
      return legAnswered(step, call, leg);
    case 'digit':
      return pressed(step, call, leg, fact);
    case 'held':
      return heldByPhone(step, call, leg);
    case 'unheld':
      return unheldByPhone(step, call, leg);
    case 'transferAsked':
      return transferByPhone(step, call.id, leg, fact.to);
    case 'hungUp':
      return legHungUp(step, call, leg, fact.q850, fact.by);
    default:
      return fact satisfies never;
  }
}

/** Only an IVR waits for the end of a sound. */
function played(step: Step, leg: LegId, playback: string): void {
  const call = step.floor.callWithLeg(leg);
  if (call?.stage.at === 'ivr' && call.stage.served === leg) goOnInIvr(step, call.id, { input: 'played', playback });
}

function pressed(step: Step, call: Call, leg: Leg, { digit, durationMs }: Extract<LegFact, { type: 'digit' }>): void {
  if (call.stage.at === 'ivr' && call.stage.served === leg.id) {
    return goOnInIvr(step, call.id, { input: 'digit', digit });
  }
  step.ofCall(call.id, { type: 'leg.digit', leg: leg.id, digit, durationMs });
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
    case 'callContact':
      return callContact(step, request.user, request.campaign, request.call);
    case 'setAgentState':
      return setAgentState(step, request.user, request.state, request.pause);
    case 'record':
      step.call(request.call);
      return recordAsked(step, request.call, request.on);
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
    case 'hangUp':
      return hangUpAsked(step, call, step.leg(call.id, request.leg));
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
