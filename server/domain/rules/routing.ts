// Going out by a trunk: waiting for a free channel, dialling.
import { type Call, isHere, isOpen, legOf, type Stage } from '../call.ts';
import type { Party } from '../events.ts';
import { after, type CallId, type Instant, type LegId, type TrunkId } from '../ids.ts';
import type { Step } from '../step.ts';
import { callerIdOutside, hasFreeChannel } from './parties.ts';
import { letHearRinging } from './sounds.ts';

/** Nobody waits longer for a free channel. */
export const channelWaitMs = 120_000;

export function enterRoute(step: Step, id: CallId, served: LegId, trunk: TrunkId, to: string): void {
  const call = step.call(id);
  const settings = step.directory.trunks.get(trunk);
  letHearRinging(step, id, served);
  step.ofCall(id, {
    type: 'route.entered',
    trunk,
    trunkName: settings?.name ?? '',
    served,
    consultation: false,
    number: call.number,
    to,
    callerNumber: call.from.number,
    callSince: call.since,
    until: after(step.now, channelWaitMs),
  });
}

/** Calls that wait for a channel get one, oldest first; one that has just come too. */
export function dialWaiting(step: Step): void {
  const waiting = [...step.floor.waiting()].filter(waitsForChannel);
  waiting.sort((a, b) => a.stage.since - b.stage.since || a.since - b.since);
  for (const call of waiting) dialIfFree(step, call);
}

type WaitingForChannel = Call & { stage: Extract<Stage, { at: 'routing' }> & { leg: null } };

export function waitsForChannel(call: Call): call is WaitingForChannel {
  return call.stage.at === 'routing' && call.stage.leg === null;
}

/** The trunk's rate allows the next dial from then on. */
export function nextDialAt(step: Pick<Step, 'floor' | 'directory'>, trunk: TrunkId): Instant {
  const perSecond = step.directory.trunks.get(trunk)?.callsPerSecond ?? 1;
  return after(step.floor.lastDialAt(trunk), Math.ceil(1_000 / perSecond));
}

function dialIfFree(step: Step, call: Call): void {
  if (!waitsForChannel(call)) return;
  const { served, trunk, to } = call.stage;
  if (!isHere(legOf(call, served))) return;
  if (hasFreeChannel(step, trunk) && nextDialAt(step, trunk) <= step.now) dial(step, call.id, trunk, to);
}

function dial(step: Step, id: CallId, trunk: TrunkId, to: string): void {
  const call = step.call(id);
  const leg = step.context.newLeg();
  const party: Party = { kind: 'external', number: to, name: null, trunk };
  const ringForMs = call.campaign?.dial.ringForMs ?? step.directory.space.ringTimeoutMs;
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
    callerNumber: call.from.number,
    callSince: call.since,
    waitedMs: call.stage.at === 'routing' ? step.now - call.stage.since : 0,
  });
}
