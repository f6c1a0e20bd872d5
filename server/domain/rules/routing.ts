// Going out by a trunk: waiting for a free channel, dialling.
import { type Call, isHere, isOpen, legOf, type Route, shownCaller, waitsForChannel } from '../call.ts';
import type { CallEvent, Party } from '../events.ts';
import { after, type CallId, type Instant, type LegId, type TrunkId } from '../ids.ts';
import type { Step } from '../step.ts';
import { callerIdOutside, hasFreeChannel } from './parties.ts';
import { letHearRinging } from './sounds.ts';

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/** Nobody waits longer for a free channel. */
export const channelWaitMs = 120_000;

export function enterRoute(step: Step, id: CallId, served: LegId, trunk: TrunkId, to: string): void {
  letHearRinging(step, id, served);
  noteRoute(step, id, { served, trunk, to, consultation: false, until: after(step.now, channelWaitMs) });
}

export type RouteWanted = Pick<EventOf<'route.entered'>, 'served' | 'trunk' | 'to' | 'consultation' | 'until'>;

export function noteRoute(step: Step, id: CallId, wanted: RouteWanted): void {
  const call = step.call(id);
  step.ofCall(id, {
    type: 'route.entered',
    ...wanted,
    trunkName: step.directory.trunks.get(wanted.trunk)?.name ?? '',
    number: call.number,
    callerNumber: shownCaller(call).number,
    callSince: call.since,
    ...(call.routes.some(({ trunk }) => trunk === wanted.trunk) && { again: true }),
  });
}

interface Waiting {
  call: Call;
  route: Route;
}

/** What waits for a channel gets one, oldest first; what has just come too. */
export function dialWaiting(step: Step): void {
  const waiting = step.floor.waitingForChannel().flatMap(waitingRoutesOf);
  waiting.sort((a, b) => a.route.since - b.route.since || a.call.since - b.call.since);
  for (const one of waiting) dialIfFree(step, one);
}

function waitingRoutesOf(call: Call): Waiting[] {
  return waitsForChannel(call) ? call.routes.flatMap((route) => (route.leg === null ? [{ call, route }] : [])) : [];
}

/** When something of the call may be dialled, if its trunk has a free channel then. */
export function* nextDialsOf(step: Pick<Step, 'floor' | 'directory'>, call: Call): Generator<Instant> {
  for (const { route } of waitingRoutesOf(call)) yield nextDialAt(step, route.trunk);
}

/** The trunk's rate allows the next dial from then on. */
function nextDialAt(step: Pick<Step, 'floor' | 'directory'>, trunk: TrunkId): Instant {
  const perSecond = step.directory.trunks.get(trunk)?.callsPerSecond ?? 1;
  return after(step.floor.lastDialAt(trunk), Math.ceil(1_000 / perSecond));
}

function dialIfFree(step: Step, { call, route }: Waiting): void {
  if (!('served' in call.stage) || !isHere(legOf(call, call.stage.served))) return;
  if (route.until <= step.now) return; // Its time is over; whoever waits for it is told by his deadline.
  if (hasFreeChannel(step, route.trunk) && nextDialAt(step, route.trunk) <= step.now) dial(step, call.id, route);
}

function dial(step: Step, id: CallId, { trunk, to, until }: Route): void {
  const call = step.call(id);
  const leg = step.context.newLeg();
  const party: Party = { kind: 'external', number: to, name: null, trunk };
  const ringForMs =
    call.stage.at === 'ivr' ? until - step.now : (call.campaign?.dial.ringForMs ?? step.directory.space.ringTimeoutMs);
  step.ofCall(id, { type: 'leg.created', leg, side: 'callee', party });
  step.ofCall(id, { type: 'route.dialled', trunk, leg, until: after(step.now, ringForMs) });
  const settings = step.directory.trunks.get(trunk);
  step.command({
    do: 'originate',
    leg,
    to: { kind: 'trunk', trunk, number: to },
    callerId: settings ? callerIdOutside(step.directory, call, settings) : call.from,
    ringForMs,
    autoAnswer: false,
  });
}

/** The far side answered: it is put through. */
export function routeConnected(step: Step, id: CallId, leg: LegId): void {
  const call = step.call(id);
  const route = call.routes.find((one) => one.leg === leg);
  if (!route || !call.legs.some((one) => one.id === leg && isOpen(one))) return;
  step.ofCall(id, {
    type: 'route.connected',
    trunk: route.trunk,
    number: call.number,
    callerNumber: shownCaller(call).number,
    callSince: call.since,
    waitedMs: call.consultation ? 0 : step.now - route.since,
    ...(route.connected && { again: true }),
  });
}
