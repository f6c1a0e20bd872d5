// How calls begin: somebody rings in, a phone dials, an agent asks for a number by REST.
import { AppError } from '../../errors.ts';
import type { CampaignCall } from '../campaign-call.ts';
import type { ExtensionSettings, UserSettings } from '../directory.ts';
import type { CallOrigin, Direction, Party } from '../events.ts';
import type { VoiceFact } from '../facts.ts';
import { after, type CallId, type LegId, type TrunkId, type UserId } from '../ids.ts';
import { q850 } from '../q850.ts';
import type { Step } from '../step.ts';
import { extensionDialled, outsideBy, type Target, targetOf } from '../targets.ts';
import { isOnCall } from '../agent.ts';
import { phoneParty, reserveAgent, showAgent } from './parties.ts';
import { withdrawOffers } from './queueing.ts';
import { serve } from './serving.ts';
import { requireCallable } from './reaching.ts';

type Arrived = Extract<VoiceFact, { type: 'arrived' }>;

type PhoneExtension = ExtensionSettings & { type: 'phone' };

interface Beginning {
  number: number;
  direction: Direction;
  origin: CallOrigin;
  from: { number: string; name: string | null };
  dialled: string;
  did?: string;
  trunk?: TrunkId;
  placedBy?: UserId;
  campaign?: CampaignCall;
  /** Its id, where that was chosen before. */
  id?: CallId;
  leg: LegId;
  party: Party;
}

function begin(step: Step, { id, leg, party, ...about }: Beginning): CallId {
  const call = id ?? step.context.newCall();
  step.ofCall(call, { type: 'call.created', did: null, trunk: null, placedBy: null, ...about });
  step.ofCall(call, { type: 'leg.created', leg, side: 'caller', party });
  return call;
}

export function legArrived(step: Step, fact: Arrived): void {
  if (step.floor.callWithLeg(fact.leg)) return;
  if (fact.via.kind === 'phone') return phoneDialled(step, fact, fact.via.extension, fact.via.dialled);
  const { via, from, leg } = fact;
  const trunk = via.kind === 'trunk' ? via.trunk : null;
  const dialled = via.kind === 'trunk' ? via.did : via.dialled;
  const call = begin(step, {
    number: step.context.newNumber(),
    direction: 'inbound',
    origin: via.kind === 'sandbox' || via.sandbox ? 'sandbox' : 'trunk',
    from,
    dialled,
    ...(via.kind === 'trunk' ? { did: via.did, trunk: via.trunk } : {}),
    leg,
    party: { kind: 'external', number: from.number, name: from.name, trunk },
  });
  step.reply = { call, leg };
  serve(step, call, leg, via.kind === 'trunk' ? targetOfDid(step, via.trunk, via.did) : targetInside(step, dialled));
}

function targetOfDid(step: Step, trunk: TrunkId, did: string): Target {
  const known = step.directory.trunks.get(trunk)?.dids.find((one) => one.number === did);
  return known ? targetInside(step, known.extensionNumber) : { kind: 'none', why: 'unknown' };
}

/** An extension of ours only: nobody outside may dial out by what he sends us. */
function targetInside({ directory }: Step, number: string): Target {
  return extensionDialled(directory, number) ? targetOf(directory, number) : { kind: 'none', why: 'unknown' };
}

function phoneDialled(step: Step, fact: Arrived, id: ExtensionSettings['id'], dialled: string): void {
  const extension = step.directory.extensions.get(id);
  if (extension?.type !== 'phone') {
    step.command({ do: 'hangUp', leg: fact.leg, cause: q850.rejected });
    return;
  }
  const party = phoneParty(step.directory, extension);
  const user = extension.user === null ? undefined : step.directory.users.get(extension.user);
  const target = targetOf(step.directory, dialled);
  const outside = target.kind === 'outside';
  const number = step.context.newNumber();
  const call = begin(step, {
    number: user ? -number : number,
    direction: outside ? 'outbound' : 'internal',
    origin: 'phone',
    from: { number: (outside && user?.outboundNumber) || extension.number, name: party.name },
    dialled: outside ? target.number : dialled,
    ...(user ? { placedBy: user.id } : {}),
    leg: fact.leg,
    party,
  });
  step.reply = { call, leg: fact.leg };
  if (user) {
    withdrawOffers(step, user.id);
    reserveAgent(step, call, fact.leg, party);
    showAgent(step, call, fact.leg, 'agent.calling');
  }
  serve(step, call, fact.leg, target);
}

/** REST and pushcall: the agent's own phone is rung first (legs.ts goes on when he picks up). */
export function placeCall(step: Step, userId: UserId, to: string, origin: 'rest' | 'pushcall'): void {
  const { user, extension } = freePhoneOf(step, userId);
  const target = targetOf(step.directory, to);
  requireCallable(to, target);
  const outside = target.kind === 'outside';
  ringOwnPhone(step, user, extension, {
    direction: outside ? 'outbound' : 'internal',
    origin,
    from: { number: (outside && user.outboundNumber) || extension.number, name: user.displayName },
    dialled: outside && target.number ? target.number : to,
  });
}

/** A contact of a campaign, by the campaign's trunk; whoever reserved the request for the agent asks this. */
export function callContact(step: Step, userId: UserId, campaign: CampaignCall, id?: CallId): void {
  const { user, extension } = freePhoneOf(step, userId);
  const { trunk, number } = campaign.dial;
  requireCallable(number, outsideBy(step.directory, step.directory.trunks.get(trunk), `+${number}`));
  ringOwnPhone(step, user, extension, {
    direction: 'outbound',
    origin: 'campaign',
    from: { number: user.outboundNumber ?? extension.number, name: user.displayName },
    dialled: number,
    campaign,
    ...(id !== undefined && { id }),
  });
}

function freePhoneOf(step: Step, userId: UserId): { user: UserSettings; extension: PhoneExtension } {
  const user = step.directory.users.get(userId);
  const extension = step.directory.phoneOf.get(userId);
  if (!user) throw new AppError('request.not_found', `No user ${userId} in this space.`);
  if (!extension) throw new AppError('agent.no_phone', `User ${userId} has no phone extension.`);
  if (isOnCall(step.agent(userId))) throw new AppError('agent.busy', `User ${userId} is in a call.`);
  return { user, extension };
}

function ringOwnPhone(
  step: Step,
  user: UserSettings,
  extension: PhoneExtension,
  about: Pick<Beginning, 'direction' | 'origin' | 'from' | 'dialled' | 'campaign' | 'id'>,
): void {
  const leg = step.context.newLeg();
  const party = phoneParty(step.directory, extension);
  const number = -step.context.newNumber();
  const call = begin(step, { number, ...about, placedBy: user.id, leg, party });
  const ringForMs = step.directory.space.ringTimeoutMs;
  step.ofCall(call, { type: 'call.arriving', leg, until: after(step.now, ringForMs) });
  reserveAgent(step, call, leg, party);
  if (about.origin === 'pushcall') {
    step.ofAgent(user.id, { type: 'agent.call_pushed', call, number, to: about.dialled });
  }
  step.command({
    do: 'originate',
    leg,
    to: { kind: 'phone', extension: extension.id },
    callerId: { number: about.dialled, name: about.campaign?.dial.name ?? null },
    ringForMs,
    autoAnswer: about.origin !== 'pushcall',
  });
  step.reply = { call, leg };
}
