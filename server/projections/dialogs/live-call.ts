// What has to be known of a live call to tell of its next event: folded from its events, kept between them.
//
//   consultant              alerting ──► answered ──► talking ──► closed
//   contact     ringing ──► alerting ──► answered ──► talking ──► closed      any state may close; none is gone back to
import type { DialogState } from '../../../contract/dialogs.ts';
import type { CampaignCall } from '../../domain/campaign-call.ts';
import {
  type CallEvent,
  type CallOrigin,
  type Direction,
  type IvrEvent,
  isIvrEvent,
  type Party,
} from '../../domain/events.ts';
import type { CallId, LegId, QueueId, UserId } from '../../domain/ids.ts';
import { digits } from './say.ts';

export interface Dialog {
  leg: LegId;
  party: Party;
  /** OUTBOUND: the party placed the call; INBOUND: the platform rang it. */
  direction: 'INBOUND' | 'OUTBOUND';
  state: DialogState | 'closed';
  /** Whom it is rung for; null: nobody yet, the platform itself. */
  peer: LegId | null;
  /** The two sides of the campaign's attempt as they stood when this dialog was created. */
  consultant: LegId | null;
  contact: LegId | null;
}

export interface LiveCall {
  call: CallId;
  direction: Direction;
  origin: CallOrigin;
  /** As the bodies say numbers. */
  from: string | null;
  to: string | null;
  placedBy: UserId | null;
  campaign: CampaignCall | null;
  /** The first queue that it waited in. */
  queue: { id: QueueId; name: string } | null;
  /** The first IVR that it was in. */
  ivr: { id: number; name: string } | null;
  /** What its IVRs have set. */
  variables: Readonly<Record<string, string>>;
  /** Who placed it, or the first who talked. */
  consultant: { user: UserId; username: string } | null;
  /** Whom a phone that is rung now is rung for. */
  served: LegId | null;
  /** A consultation's leg, announced before it is created. */
  asking: { leg: LegId; by: LegId } | null;
  dialogs: readonly Dialog[];
}

export function liveCallOf(event: Extract<CallEvent, { type: 'call.created' }>): LiveCall {
  return {
    call: event.call,
    direction: event.direction,
    origin: event.origin,
    from: digits(event.from.number),
    to: digits(event.dialled),
    placedBy: event.placedBy,
    campaign: event.campaign ?? null,
    queue: null,
    ivr: null,
    variables: {},
    consultant: null,
    served: null,
    asking: null,
    dialogs: [],
  };
}

export function liveCallAfter(call: LiveCall, event: CallEvent): LiveCall {
  return { ...call, ...changeOf(call, event) };
}

export function dialogOf(call: LiveCall, leg: LegId | null): Dialog | undefined {
  return call.dialogs.find((dialog) => dialog.leg === leg);
}

/** A phone of ours is a consultant's, also one that no user has. */
export function isConsultant({ party }: Pick<Dialog, 'party'>): boolean {
  return party.kind !== 'external';
}

function changeOf(call: LiveCall, event: CallEvent): Partial<LiveCall> {
  if (isIvrEvent(event)) return changeByIvr(call, event);
  switch (event.type) {
    case 'call.created':
      throw new Error(`Call ${call.call} is created twice.`);
    case 'leg.created':
      return withNewDialog(call, event);
    case 'leg.ringing':
    case 'leg.early_media':
      return withState(call, event.leg, 'alerting');
    case 'leg.answered':
      return withState(call, event.leg, 'answered');
    case 'leg.talking':
      return { ...withState(call, event.leg, 'talking'), consultant: call.consultant ?? userOn(call, event.leg) };
    case 'leg.closed':
      return withState(call, event.leg, 'closed');
    case 'call.queued':
      return { served: event.served, queue: call.queue ?? { id: event.queue, name: event.queueName } };
    case 'route.entered':
      return event.consultation ? {} : { served: event.served };
    case 'transfer.started':
      return event.leg === null ? {} : { asking: { leg: event.leg, by: event.by } };
    case 'transfer.completed':
      return { served: event.party, asking: null };
    case 'transfer.cancelled':
      return { asking: null };
    case 'leg.digit':
    case 'leg.held':
    case 'leg.unheld':
    case 'leg.release_asked':
    case 'call.offered':
    case 'call.offer_ended':
    case 'call.connected':
    case 'call.abandoned':
    case 'call.overflowed':
    case 'call.left_queue':
    case 'call.arriving':
    case 'call.talking':
    case 'call.ending':
    case 'call.ended':
    case 'route.dialled':
    case 'route.connected':
    case 'route.left':
    case 'phone.rung':
    case 'recording.started':
    case 'recording.stopped':
      return {};
    default:
      return event satisfies never;
  }
}

function changeByIvr(call: LiveCall, event: IvrEvent): Partial<LiveCall> {
  switch (event.type) {
    case 'ivr.entered':
      return { ivr: call.ivr ?? { id: event.ivr, name: event.name }, variables: event.variables };
    case 'ivr.variable_set':
      return { variables: { ...call.variables, [event.name]: event.value } };
    default:
      return {};
  }
}

function withNewDialog(call: LiveCall, event: Extract<CallEvent, { type: 'leg.created' }>): Partial<LiveCall> {
  const { leg, side, party } = event;
  const consultant = isConsultant({ party });
  const dialog: Dialog = {
    leg,
    party,
    direction: side === 'caller' && isPlacedByCaller(call.origin) ? 'OUTBOUND' : 'INBOUND',
    state: consultant ? 'alerting' : 'ringing',
    peer: call.asking?.leg === leg ? call.asking.by : call.served,
    consultant: consultant ? leg : (call.dialogs.findLast(isConsultant)?.leg ?? null),
    // A third party who is asked later is not the campaign's contact.
    contact: call.dialogs.find((other) => !isConsultant(other))?.leg ?? (consultant ? null : leg),
  };
  const { dialogs } = call;
  if (side === 'callee') return { dialogs: [...dialogs, dialog] };
  return { dialogs: [...dialogs, dialog], served: leg, consultant: userOf(party) };
}

function isPlacedByCaller(origin: CallOrigin): boolean {
  switch (origin) {
    case 'trunk':
    case 'sandbox':
    case 'phone':
    case 'rest':
      return true;
    case 'pushcall':
    case 'campaign':
      return false;
    default:
      return origin satisfies never;
  }
}

const order = ['ringing', 'alerting', 'answered', 'talking', 'closed'] as const;

function withState(call: LiveCall, leg: LegId, state: Dialog['state']): Partial<LiveCall> {
  const isLater = (dialog: Dialog) => order.indexOf(state) > order.indexOf(dialog.state);
  return {
    dialogs: call.dialogs.map((dialog) => (dialog.leg === leg && isLater(dialog) ? { ...dialog, state } : dialog)),
  };
}

function userOn(call: LiveCall, leg: LegId): LiveCall['consultant'] {
  const dialog = dialogOf(call, leg);
  return dialog ? userOf(dialog.party) : null;
}

function userOf(party: Party): LiveCall['consultant'] {
  return party.kind === 'agent' ? { user: party.user, username: party.username } : null;
}
