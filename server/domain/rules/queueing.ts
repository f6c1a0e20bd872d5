// A caller waits in a queue, agents are offered the call, one takes it.
import { isOfferable } from '../agent.ts';
import { type Call, isHere, legOf, shownCaller } from '../call.ts';
import { byUrgency, chooseAgents, type QueuedCall } from '../distribution.ts';
import { defaultPriority, type QueueSettings } from '../directory.ts';
import type { Event, OfferOutcome } from '../events.ts';
import { after, type CallId, type LegId, type QueueId, type UserId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';
import type { Urgency } from '../targets.ts';
import { callerIdInside, phoneParty, reserveAgent } from './parties.ts';
import { letHearMusic } from './sounds.ts';
import { answer, connect, showConnected, startRecording } from './talking.ts';
import { endOffer, leaveQueue, queuedStage } from './waiting.ts';

/** The served party waits with music from now on. */
export function enqueue(step: Step, id: CallId, served: LegId, queue: QueueSettings, urgency?: Urgency): void {
  const call = step.call(id);
  const vip = step.directory.vips.get(call.from.number.replace(/^\+/, ''));
  answer(step, id, served);
  letHearMusic(step, served);
  step.ofCall(id, {
    type: 'call.queued',
    queue: queue.id,
    queueName: queue.name,
    served,
    number: call.number,
    callerNumber: shownCaller(call).number,
    priority: urgency?.priority ?? vip?.priority ?? defaultPriority,
    vipRate: urgency?.vipRate ?? vip?.vipRate ?? 0,
    callSince: call.since,
    overflowAt: queue.maxWaitMs === null ? null : after(step.now, queue.maxWaitMs),
  });
}

/** Offers the waiting calls of the whole space to whoever is free, most urgent first. */
export function distribute(step: Step): void {
  const waiting: QueuedCall[] = [];
  for (const call of step.floor.inQueue()) {
    if (isQueued(call) && mayBeOffered(step, call)) waiting.push(call);
  }
  waiting.sort(byUrgency);
  const freeOf = new Map<QueueId, UserId[]>();
  for (const call of waiting) {
    const queue = step.directory.queues.get(call.stage.queue);
    if (!queue) continue;
    // Looked for once a queue, not once a caller: at a rush many wait and few are free.
    const free = freeOf.get(queue.id) ?? freeUsers(step, queue);
    freeOf.set(queue.id, free);
    if (free.length === 0) continue;
    const agents = free.map((user) => step.agent(user));
    const chosen = chooseAgents(call, queue, agents, step.floor.lastServed(queue.id), step.now);
    const round = call.stage.steps + 1;
    for (const user of chosen) offer(step, call, queue, user, round);
    if (chosen.length > 0) for (const [id, users] of freeOf) freeOf.set(id, without(users, chosen));
  }
}

/** While somebody is rung for it, only a queue that rings all looks for more. */
function mayBeOffered(step: Step, call: QueuedCall): boolean {
  const { queue, offers, served } = call.stage;
  if (offers.length > 0 && step.directory.queues.get(queue)?.strategy !== 'ring_all') return false;
  return isHere(legOf(call, served));
}

function freeUsers(step: Step, queue: QueueSettings): UserId[] {
  return queue.users.filter((user) => canBeRung(step, user) && isOfferable(step.agent(user)));
}

const without = (users: readonly UserId[], chosen: readonly UserId[]) => users.filter((user) => !chosen.includes(user));

/** Only these can have brought an agent and a caller together who were not before; else nothing is to be done. */
export function mayMatch(events: readonly Event[]): boolean {
  return events.some(
    (event) => event.type === 'call.queued' || event.type === 'call.offer_ended' || event.type.startsWith('agent.'),
  );
}

function isQueued(call: Call): call is QueuedCall {
  return call.stage.at === 'queued';
}

function canBeRung(step: Step, user: UserId): boolean {
  const phone = step.directory.phoneOf.get(user);
  return phone !== undefined && !phone.doNotDisturb;
}

function offer(step: Step, call: QueuedCall, queue: QueueSettings, user: UserId, round: number): void {
  const extension = step.directory.phoneOf.get(user);
  if (!extension) return;
  const leg = step.context.newLeg();
  const party = phoneParty(step.directory, extension);
  step.ofCall(call.id, { type: 'leg.created', leg, side: 'callee', party });
  const until = after(step.now, queue.ringTimeoutMs);
  step.ofCall(call.id, { type: 'call.offered', queue: queue.id, user, leg, step: round, until });
  reserveAgent(step, call.id, leg, party);
  step.command({
    do: 'originate',
    leg,
    to: { kind: 'phone', extension: extension.id },
    callerId: callerIdInside(call, party),
    ringForMs: queue.ringTimeoutMs,
    autoAnswer: false,
  });
}

/** His leg closed before he took the call. */
export function offerClosed(step: Step, id: CallId, leg: LegId, cause: number | null): void {
  const stage = queuedStage(step, id);
  const closed = stage?.offers.find((one) => one.leg === leg);
  if (!stage || !closed) return;
  const outcome = offerOutcomeOf(cause);
  step.ofCall(id, { type: 'call.offer_ended', queue: stage.queue, user: closed.user, leg, outcome });
}

function offerOutcomeOf(cause: number | null): OfferOutcome {
  switch (cause) {
    case q850.busy:
      return 'busy';
    case q850.rejected:
      return 'rejected';
    case q850.noResponse:
    case q850.noAnswer:
      return 'no_answer';
    default:
      return 'unreachable';
  }
}

/** The first who answers has the call; the phones of the others fall silent. */
export function takeOffer(step: Step, id: CallId, leg: LegId): void {
  const stage = queuedStage(step, id);
  const taken = stage?.offers.find((one) => one.leg === leg);
  if (!stage || !taken) return;
  if (!isHere(step.leg(id, stage.served))) return endOffer(step, id, leg, 'lost');
  for (const other of stage.offers) if (other.leg !== leg) endOffer(step, id, other.leg, 'lost');
  const { queue, served, since } = stage;
  const settings = step.directory.queues.get(queue);
  const waitedMs = step.now - since;
  const recorded = settings?.recording === 'always';
  const call = step.call(id);
  const { number, since: callSince } = call;
  const { user, step: round } = taken;
  step.ofCall(id, {
    type: 'call.connected',
    queue,
    number,
    user,
    leg,
    callerNumber: shownCaller(call).number,
    step: round,
    waitedMs,
    recorded,
    callSince,
    withinServiceLevel: waitedMs <= (settings?.serviceLevelMs ?? 0),
  });
  connect(step, id, [served, leg]);
  if (recorded) startRecording(step, id);
  showConnected(step, id, [served, leg]);
}

/** Nobody took it in time: its offers end, and it is nobody's until it is served anew. */
export function overflow(step: Step, id: CallId): { served: LegId; to: string | null } | undefined {
  const stage = queuedStage(step, id);
  if (!stage) return undefined;
  const to = step.directory.queues.get(stage.queue)?.overflowExtension ?? null;
  leaveQueue(step, id, 'overflowed', to);
  return { served: stage.served, to };
}

/** Takes an agent's offers back: he logged out, or his phone does something else. */
export function withdrawOffers(step: Step, user: UserId): void {
  for (const call of [...step.floor.calls()]) {
    if (!isQueued(call)) continue;
    for (const offered of call.stage.offers) {
      if (offered.user === user) endOffer(step, call.id, offered.leg, 'lost');
    }
  }
}
