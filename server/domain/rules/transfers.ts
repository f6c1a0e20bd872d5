// Transfers. Blind: the party is led on and the transferor goes. Consultative and conference: the party waits on
// hold while the transferor talks to the new leg; then complete, or cancel and be back where we were.
import { AppError, isAppError } from '../../errors.ts';
import { type Call, type Consultation, isHere, type Leg, legOf } from '../call.ts';
import type { Destination } from '../commands.ts';
import type { Party, TransferType } from '../events.ts';
import { after, type CallId, type LegId, type UserId } from '../ids.ts';
import type { Step } from '../step.ts';
import type { Target } from '../targets.ts';
import { endCall, leaveServingQueue } from './ending.ts';
import { callerIdInside, callerIdOutside, phoneParty, reserveAgent } from './parties.ts';
import { reachableTarget } from './reaching.ts';
import { release } from './releasing.ts';
import { noteRoute } from './routing.ts';
import { serve } from './serving.ts';
import { letHearNothing, letHearRinging } from './sounds.ts';
import {
  bridgeOf,
  connect,
  consultationBridgeOf,
  endHolds,
  partnersOf,
  showConnected,
  stopRecording,
} from './talking.ts';

export function transfer(step: Step, id: CallId, by: LegId, to: string, kind: TransferType): void {
  const call = step.call(id);
  if (call.consultation) throw new AppError('call.transfer_running', `Call ${id} has a transfer running already.`);
  const [party, ...more] = isHere(step.leg(id, by)) ? partnersOf(call, by) : [];
  if (party === undefined) throw new AppError('call.not_talking', `Leg ${by} is not in a conversation.`);
  if (more.length > 0) throw new AppError('call.not_talking', 'Only a conversation of two can be transferred.');
  const target = reachableTarget(step, to);
  if (kind === 'blind') transferBlind(step, call, by, party, to, target);
  else consult(step, call, { by, party, to, kind }, target);
}

/** Asked by the phone itself (SIP REFER), which waits to hear how it went. Nobody outside may have us dial for him. */
export function transferByPhone(step: Step, id: CallId, leg: Leg, to: string): void {
  const decline = () => step.command({ do: 'declineTransfer', leg: leg.id });
  if (leg.party.kind === 'external') return decline();
  try {
    transfer(step, id, leg.id, to, 'blind');
  } catch (error) {
    if (!isAppError(error)) throw error;
    decline(); // Refused before anything of it has happened.
  }
}

function transferBlind(step: Step, call: Call, by: LegId, party: LegId, to: string, target: Target): void {
  const { id } = call;
  started(step, call, { by, party, to, kind: 'blind' }, null);
  endHolds(step, id);
  release(step, id, by, 'HANGUP');
  leaveServingQueue(step, id, 'transferred');
  stopRecording(step, id);
  step.command({ do: 'unbridge', bridge: bridgeOf(id) });
  step.ofCall(id, { type: 'transfer.completed', by, party, leg: null, kind: 'blind' });
  serve(step, id, party, target);
}

type Wish = Pick<Consultation, 'by' | 'party' | 'to' | 'kind'>;

function consult(step: Step, call: Call, wish: Wish, target: Target): void {
  const { id } = call;
  if (target.kind !== 'phone' && target.kind !== 'outside') {
    throw new AppError(
      'call.unknown_target',
      `Nobody can be asked at ${wish.to}: a queue or IVR takes blind transfers only.`,
    );
  }
  const leg = step.context.newLeg();
  const ringForMs = step.directory.space.ringTimeoutMs;
  const until = after(step.now, ringForMs);
  const party = consultedParty(step, target);
  endHolds(step, id, wish.party);
  started(step, call, wish, { leg, until });
  if (target.kind === 'outside') {
    noteRoute(step, id, { served: wish.party, trunk: target.trunk, to: wish.to, consultation: true, until });
  }
  step.ofCall(id, { type: 'leg.created', leg, side: 'callee', party });
  if (target.kind === 'outside') step.ofCall(id, { type: 'route.dialled', trunk: target.trunk, leg, until });
  reserveAgent(step, id, leg, party);
  step.command({ do: 'hold', leg: wish.party });
  letHearRinging(step, id, wish.by);
  step.command({ do: 'originate', leg, ...dialled(step, call, target, party), ringForMs, autoAnswer: false });
}

function consultedParty(step: Step, target: Extract<Target, { kind: 'phone' | 'outside' }>): Party {
  return target.kind === 'phone'
    ? phoneParty(step.directory, target.extension)
    : { kind: 'external', number: target.number, name: null, trunk: target.trunk };
}

function dialled(step: Step, call: Call, target: Extract<Target, { kind: 'phone' | 'outside' }>, party: Party) {
  if (target.kind === 'phone') {
    const to: Destination = { kind: 'phone', extension: target.extension.id };
    return { to, callerId: callerIdInside(call, party) };
  }
  const trunk = step.directory.trunks.get(target.trunk);
  const to: Destination = { kind: 'trunk', trunk: target.trunk, number: target.number };
  return { to, callerId: trunk ? callerIdOutside(step.directory, call, trunk) : call.from };
}

function started(step: Step, call: Call, wish: Wish, asked: { leg: LegId; until: Consultation['until'] } | null): void {
  const user = userOn(call, wish.by);
  const { by, party, to, kind } = wish;
  step.ofCall(call.id, {
    type: 'transfer.started',
    by,
    user,
    number: call.number,
    kind,
    to,
    party,
    leg: asked?.leg ?? null,
    until: asked?.until ?? null,
  });
  if (user !== null) {
    step.ofAgent(user, { type: 'agent.transfer_started', call: call.id, number: call.number, kind });
  }
}

function userOn(call: Call, leg: LegId): UserId | null {
  const party = legOf(call, leg)?.party;
  return party?.kind === 'agent' ? party.user : null;
}

/** The asked party answered: it talks with the transferor while the other waits. */
export function consultationAnswered(step: Step, call: Call): void {
  const { consultation } = call;
  if (!consultation) return;
  const { by, leg } = consultation;
  step.command({ do: 'bridge', bridge: consultationBridgeOf(call.id), legs: [by, leg] });
  step.ofCall(call.id, { type: 'leg.talking', leg });
  showConnected(step, call.id, [leg]);
}

export function completeTransfer(step: Step, id: CallId, by: LegId): void {
  const { consultation } = step.call(id);
  if (!consultation || consultation.by !== by) {
    throw new AppError('call.no_transfer', `Leg ${by} has no transfer running.`);
  }
  complete(step, id, consultation);
}

function complete(step: Step, id: CallId, { by, party, leg, kind }: Consultation): void {
  const answered = step.leg(id, leg).state === 'answered';
  const conference = kind === 'conference' && answered && isHere(step.leg(id, by));
  if (answered) {
    connect(step, id, conference ? [by, party, leg] : [party, leg]);
  } else {
    if (isHere(step.leg(id, by))) letHearNothing(step, by);
    step.command({ do: 'unbridge', bridge: bridgeOf(id) });
    endHolds(step, id);
    letHearRinging(step, id, party);
  }
  step.ofCall(id, { type: 'transfer.completed', by, party, leg, kind });
  if (conference) return;
  leaveServingQueue(step, id, 'transferred');
  release(step, id, by, 'HANGUP');
}

export function cancelTransfer(step: Step, id: CallId, by: LegId): void {
  const { consultation } = step.call(id);
  if (!consultation || consultation.by !== by) {
    throw new AppError('call.no_transfer', `Leg ${by} has no transfer running.`);
  }
  backToParty(step, id, consultation, 'asked');
}

/** As before the consultation. */
export function backToParty(
  step: Step,
  id: CallId,
  { by, party, leg }: Consultation,
  reason: 'asked' | 'not_reached' | 'party_left',
): void {
  connect(step, id, [by, party]);
  step.ofCall(id, { type: 'transfer.cancelled', by, leg, reason });
  if (step.leg(id, leg).state === 'answered') return release(step, id, leg, 'DIALOG_LEFT');
  release(step, id, leg, reason === 'not_reached' ? 'NO_ANSWER' : 'CANCELED');
}

/** A leg of a call with a consultation is gone. */
export function consultationLegClosed(step: Step, id: CallId, gone: LegId, consultation: Consultation): void {
  const { by, party, leg } = consultation;
  const talked = step.leg(id, leg).talkingSince !== null;
  if (gone === leg) return backToParty(step, id, consultation, talked ? 'party_left' : 'not_reached');
  if (gone === by) return complete(step, id, consultation);
  if (gone !== party) return;
  if (!talked) return endCall(step, id, 'answered');
  connect(step, id, [by, leg]);
  step.ofCall(id, { type: 'transfer.cancelled', by, leg, reason: 'party_left' });
  leaveServingQueue(step, id, 'served');
}
