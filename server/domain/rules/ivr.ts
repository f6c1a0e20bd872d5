// A call in an IVR: what happens to it goes into the run, and what the run wants is done. A run that leads the caller on
// returns where to; serving.ts takes him there.
import { type Call, isHere, type Leg, legOf, shownCaller } from '../call.ts';
import type { Directory, ExtensionSettings } from '../directory.ts';
import type { CallOutcome } from '../events.ts';
import { asId, type CallId, type LegId, type QueueId } from '../ids.ts';
import type { IvrCommand } from '../ivr/commands.ts';
import type { IvrCaller, LeaveCause } from '../ivr/facts.ts';
import type { IvrOutcome } from '../ivr/step.ts';
import { enterIvr, type IvrInput, takeIvrInput } from '../ivr/take.ts';
import type { Step } from '../step.ts';
import { type Target, targetOf } from '../targets.ts';
import { endCall } from './ending.ts';
import { leaveIvr, placeOf } from './leaving-ivr.ts';
import { release } from './releasing.ts';
import { routeConnected } from './routing.ts';
import { heardTargetGone, nobodyRings, ringAtOnce, silenceTargets } from './simple-transfer.ts';
import { letHearNothing } from './sounds.ts';
import { answer, connect, showConnected } from './talking.ts';

type ToIvr = Extract<Target, { kind: 'ivr' }>;

/** null: he stays in it, or his call has ended. */
export function beginIvr(step: Step, id: CallId, served: LegId, { ivr, extension }: ToIvr): Target | null {
  if (step.leg(id, served).state === 'answered') letHearNothing(step, served);
  answer(step, id, served);
  const call = step.call(id);
  const entering = {
    ...{ ivr: ivr.id, name: ivr.name, version: ivr.version },
    caller: callerOf(step.directory, call, served, extension),
    callerId: callerIdOf(step.directory, call, served),
    variables: call.ivrs?.variables ?? {},
    earlier: call.ivrs && { count: call.ivrs.count, rounds: call.ivrs.rounds },
  };
  return carryOut(step, id, served, enterIvr(entering, placeOf(step, entering)));
}

/** Nothing happens to a caller who is being hung up. */
export function takeIntoRun(step: Step, id: CallId, input: IvrInput): Target | null {
  const call = step.call(id);
  if (call.stage.at !== 'ivr' || !isHere(legOf(call, call.stage.served))) return null;
  const { run, served } = call.stage;
  return carryOut(step, id, served, takeIvrInput(run, input, placeOf(step, run)));
}

function carryOut(step: Step, id: CallId, served: LegId, { facts, commands }: IvrOutcome): Target | null {
  // First: once the facts have happened nobody knows who rang.
  if (commands.some((command) => command.do === 'giveUpRinging')) silenceTargets(step, id);
  for (const fact of facts) step.ofCall(id, fact);
  const left = facts.at(-1);
  const cause = left?.type === 'ivr.left' ? left.cause : null;
  let ledOn: Target | null = null;
  for (const command of commands) ledOn = carryOutOne(step, id, served, command, cause) ?? ledOn;
  return ledOn;
}

function carryOutOne(step: Step, id: CallId, leg: LegId, command: IvrCommand, cause: LeaveCause | null): Target | null {
  switch (command.do) {
    case 'play':
    case 'stopPlay':
      step.command({ ...command, leg });
      return null;
    case 'ask':
      step.command({ ...command, call: id });
      return null;
    case 'giveUpAsking':
      step.command(command);
      return null;
    case 'ringAll':
      ringAtOnce(step, id, leg, command.numbers, command.ringForMs);
      return null;
    case 'giveUpRinging': // Done before.
      return null;
    case 'transfer':
      return targetOf(step.directory, command.to);
    case 'queue': {
      const { queue, priority, vipRate } = command;
      return { kind: 'queue', queue: asId<QueueId>(queue), urgency: { priority, vipRate } };
    }
    case 'hangUp':
      endCall(step, id, outcomeOf(cause));
      return null;
    default:
      return command satisfies never;
  }
}

function outcomeOf(cause: LeaveCause | null): CallOutcome {
  if (cause === 'not_reached') return 'no_answer';
  return cause === 'loop' ? 'failed' : 'answered';
}

/** The first of those who ring at once has answered. */
export function targetAnswered(step: Step, call: Call, leg: Leg): void {
  if (call.stage.at !== 'ivr' || !call.stage.targets.includes(leg.id)) return;
  const { id } = call;
  const { served } = call.stage;
  if (!isHere(legOf(call, served))) return release(step, id, leg.id, 'DIALOG_LEFT');
  routeConnected(step, id, leg.id);
  silenceTargets(step, id, leg.id);
  takeIntoRun(step, id, { input: 'transferEnded', answered: true });
  connect(step, id, [served, leg.id]);
  showConnected(step, id, [served, leg.id]);
}

/** A leg of the call is gone; `lost`: by no act of its party. */
export function legOfIvrClosed(step: Step, before: Call, gone: Leg, lost: boolean): Target | null {
  if (before.stage.at !== 'ivr') return null;
  const { id } = before;
  if (before.stage.served === gone.id) {
    leaveIvr(step, id, { input: 'callerGone' });
    endCall(step, id, lost ? 'failed' : 'abandoned');
    return null;
  }
  if (!before.stage.targets.includes(gone.id)) return null;
  const call = step.call(id);
  if (call.stage.at !== 'ivr') return null;
  if (before.stage.heard === gone.id) heardTargetGone(step, call, call.stage);
  if (!nobodyRings(call, call.stage)) return null;
  silenceTargets(step, id);
  return takeIntoRun(step, id, { input: 'transferEnded', answered: false });
}

function callerOf(directory: Directory, call: Call, served: LegId, extension: ExtensionSettings): IvrCaller {
  const inside = insideOf(directory, legOf(call, served));
  return {
    legId: served,
    firstLegId: call.legs[0]?.id ?? served,
    spaceNumber: directory.space.number ?? '',
    callerExtension: inside,
    did: call.did,
    extension: { number: extended(directory, extension.number), id: extension.id },
    dialled: call.dialled,
  };
}

/** Who comes from inside is known by his extended number. */
function callerIdOf(directory: Directory, call: Call, served: LegId): { number: string; name: string | null } {
  if (call.shownAs !== null) return call.shownAs;
  const leg = legOf(call, served);
  const inside = insideOf(directory, leg);
  if (leg && inside) return { number: inside.number, name: leg.party.name };
  return leg?.side === 'callee' ? { number: leg.party.number, name: leg.party.name } : shownCaller(call);
}

function insideOf(directory: Directory, leg: Leg | undefined): IvrCaller['callerExtension'] {
  if (!leg || leg.party.kind === 'external') return null;
  return { number: extended(directory, leg.party.number), id: leg.party.extension };
}

const extended = ({ space }: Directory, number: string): string => `${space.code}*${number}`;
