// Who is on a leg, what his phone shows, and how an agent's phone follows the call.
import { isOnCall } from '../agent.ts';
import { type Call, isOpen, type Leg, legOf, shownCaller } from '../call.ts';
import type { CallerId } from '../commands.ts';
import type { Directory, ExtensionSettings, TrunkSettings } from '../directory.ts';
import type { AgentCall, Party } from '../events.ts';
import type { CallId, LegId, TrunkId, UserId } from '../ids.ts';
import { isOwnNumber } from '../own-numbers.ts';
import type { Step } from '../step.ts';

export function phoneParty(directory: Directory, extension: ExtensionSettings & { type: 'phone' }): Party {
  const user = extension.user === null ? undefined : directory.users.get(extension.user);
  return user
    ? {
        kind: 'agent',
        number: extension.number,
        name: user.displayName,
        user: user.id,
        extension: extension.id,
        username: user.username,
        firstname: user.firstname,
        surname: user.surname,
        outboundNumber: user.outboundNumber,
      }
    : { kind: 'phone', number: extension.number, name: null, extension: extension.id };
}

/** What an inside phone is shown: the customer, or the colleague who calls. */
export function callerIdInside(call: Call, callee: Party): CallerId {
  if (call.shownAs !== null) return call.shownAs;
  if (call.direction === 'outbound' && callee.kind !== 'external') return { number: call.dialled, name: null };
  return call.from;
}

/** What the outside is shown: only numbers of our own, whatever an IVR says; the name is free. */
export function callerIdOutside(directory: Directory, call: Call, trunk: TrunkSettings): CallerId {
  const { shownAs } = call;
  const wanted = shownAs !== null && isOwnNumber(directory, shownAs.number) ? shownAs.number : undefined;
  const placedBy = call.placedBy === null ? undefined : directory.users.get(call.placedBy);
  const own = call.campaign?.project.presentationNumber ?? placedBy?.outboundNumber;
  const number = wanted ?? own ?? call.did ?? trunk.dids[0]?.number ?? call.from.number;
  return { number, name: shownAs === null ? (placedBy?.displayName ?? call.from.name) : shownAs.name };
}

/** The number of the other side, as an agent's dashboard shows it. */
function peerNumberOf(call: Call, leg: Leg): string {
  const other = talkingWith(call, leg.id);
  if (other) return other.side === 'caller' ? (call.shownAs?.number ?? other.party.number) : other.party.number;
  if (call.direction === 'outbound') return call.dialled;
  return leg.side === 'caller' ? call.dialled : shownCaller(call).number;
}

/** After a transfer not who was dialled at first. In a conference the customer, if there is one. */
function talkingWith({ stage, legs }: Call, id: LegId): Leg | undefined {
  if (stage.at !== 'talking' || !stage.legs.includes(id)) return undefined;
  const others = legs.filter((leg) => leg.id !== id && stage.legs.includes(leg.id));
  return others.find((leg) => leg.party.kind === 'external') ?? others[0];
}

function shownCall(call: Call, leg: Leg): AgentCall {
  const offer = call.stage.at === 'queued' ? call.stage.offers.find((one) => one.leg === leg.id) : undefined;
  const served = call.servedBy?.leg === leg.id ? call.servedBy : undefined;
  const queue = offer && call.stage.at === 'queued' ? call.stage.queue : (served?.queue ?? null);
  return {
    call: call.id,
    number: call.number,
    leg: leg.id,
    peerNumber: peerNumberOf(call, leg),
    queue,
    step: offer?.step ?? served?.step ?? 1,
    recorded: call.recording !== null,
    callSince: call.since,
  };
}

/** His phone is taken from now on, unless it serves another call already (a phone with two lines). */
export function reserveAgent(step: Step, call: CallId, leg: LegId, party: Party): void {
  if (party.kind !== 'agent' || isServing(step, party.user)) return;
  step.ofAgent(party.user, { type: 'agent.reserved', call, leg });
}

/** A leg that is being hung up holds his phone no longer. */
function isServing(step: Step, user: UserId): boolean {
  const { phone } = step.agent(user);
  if (!('leg' in phone)) return false;
  const call = step.floor.call(phone.call);
  const leg = call && legOf(call, phone.leg);
  return leg !== undefined && isOpen(leg) && leg.release === null;
}

/** His phone does something for this leg. */
export function showAgent(
  step: Step,
  id: CallId,
  legId: LegId,
  type: 'agent.ringing' | 'agent.calling' | 'agent.connected',
): void {
  const leg = step.leg(id, legId);
  if (leg.party.kind !== 'agent') return;
  const { phone } = step.agent(leg.party.user);
  if (!('leg' in phone) || phone.leg !== legId) return;
  step.ofAgent(leg.party.user, { type, ...shownCall(step.call(id), leg) });
}

/** Is the phone of this extension in a call? A phone without a user may have several. */
export function isPhoneBusy(step: Step, extension: ExtensionSettings & { type: 'phone' }): boolean {
  return extension.user !== null && isOnCall(step.agent(extension.user));
}

export function hasFreeChannel(step: Step, id: TrunkId): boolean {
  const limit = step.directory.trunks.get(id)?.maxCalls ?? null;
  return limit === null || step.floor.channelsOf(id) < limit;
}
