// A call as REST shows it, folded from its events.
import type { Call } from '../../../contract/rest/calls.ts';
import { type CallEvent, type IvrEvent, isIvrEvent, type Party } from '../../domain/events.ts';
import type { Instant, SpaceId } from '../../domain/ids.ts';

type CallLeg = Call['legs'][number];

/** undefined: an event of a call whose beginning is not in the history (before it was kept); it is left out. */
export function callAfter(space: SpaceId, call: Call | undefined, event: CallEvent): Call | undefined {
  if (event.type === 'call.created') return newCall(space, event);
  return call && { ...call, ...changeOf(call, event) };
}

function newCall(space: SpaceId, event: Extract<CallEvent, { type: 'call.created' }>): Call {
  return {
    id: event.call,
    number: event.number,
    space_id: space,
    direction: event.direction,
    origin: event.origin,
    from: event.from.number,
    from_name: event.from.name,
    to: event.dialled,
    did: event.did,
    trunk_id: event.trunk,
    state: 'ringing',
    queue_id: null,
    user_id: event.placedBy,
    created_at: moment(event.at),
    answered_at: null,
    ended_at: null,
    wait_s: null,
    talk_s: null,
    outcome: null,
    legs: [],
    recording: null,
  };
}

function changeOf(call: Call, event: Exclude<CallEvent, { type: 'call.created' }>): Partial<Call> {
  if (isIvrEvent(event)) return changeByIvr(event);
  switch (event.type) {
    case 'leg.created':
      return { legs: [...call.legs, newLeg(event)] };
    case 'leg.ringing':
      return withLeg(call, event.leg, { state: 'ringing' });
    case 'leg.answered':
      return withLeg(call, event.leg, { state: 'answered', answered_at: moment(event.at) });
    case 'leg.talking':
    case 'leg.unheld':
      return withLeg(call, event.leg, { state: 'talking' });
    case 'leg.held':
      return withLeg(call, event.leg, { state: 'held' });
    case 'leg.closed':
      return withLeg(call, event.leg, {
        state: 'closed',
        close_cause: event.cause,
        closed_at: moment(event.at),
        talk_s: seconds(event.talkMs),
      });
    case 'call.queued':
      return { state: 'queued', queue_id: event.queue };
    case 'call.connected':
      return { user_id: event.user, wait_s: longer(call.wait_s, event.waitedMs) };
    case 'call.abandoned':
    case 'call.overflowed':
      return { wait_s: longer(call.wait_s, event.waitedMs) };
    case 'call.left_queue':
      return call.state === 'queued' ? { state: 'ringing' } : {};
    case 'call.talking':
      return {
        state: 'talking',
        answered_at: call.answered_at ?? moment(event.at),
        user_id: call.legs.findLast((leg) => leg.user_id !== null && isOneOf(event.legs, leg))?.user_id ?? call.user_id,
      };
    case 'recording.started':
      return { recording: event.recording };
    case 'call.ended':
      return { state: 'ended', ended_at: moment(event.at), outcome: event.outcome, talk_s: seconds(event.talkMs) };
    case 'call.arriving':
    case 'call.offered':
    case 'call.offer_ended':
    case 'call.ending':
    case 'leg.early_media':
    case 'leg.digit':
    case 'leg.release_asked':
    case 'route.entered':
    case 'route.dialled':
    case 'route.connected':
    case 'route.left':
    case 'phone.rung':
    case 'transfer.started':
    case 'transfer.completed':
    case 'transfer.cancelled':
    case 'recording.stopped':
      return {};
    default:
      return event satisfies never;
  }
}

/** Between the IVR and what it leads to it rings, or ends. */
function changeByIvr(event: IvrEvent): Partial<Call> {
  switch (event.type) {
    case 'ivr.entered':
      return { state: 'ivr' };
    case 'ivr.left':
      return { state: 'ringing' };
    default:
      return {};
  }
}

function newLeg({ leg, side, party, at }: Extract<CallEvent, { type: 'leg.created' }>): CallLeg {
  return {
    dialog_uuid: leg,
    side,
    party: party.kind,
    number: party.number,
    name: party.name,
    ...idsOf(party),
    state: 'created',
    close_cause: null,
    created_at: moment(at),
    answered_at: null,
    closed_at: null,
    talk_s: null,
  };
}

function idsOf(party: Party): Pick<CallLeg, 'user_id' | 'extension_id' | 'trunk_id'> {
  return {
    user_id: party.kind === 'agent' ? party.user : null,
    extension_id: party.kind === 'external' ? null : party.extension,
    trunk_id: party.kind === 'external' ? party.trunk : null,
  };
}

function withLeg(call: Call, id: string, change: Partial<CallLeg>): Partial<Call> {
  return { legs: call.legs.map((leg) => (leg.dialog_uuid === id ? { ...leg, ...change } : leg)) };
}

const isOneOf = (legs: readonly string[], leg: CallLeg) => legs.includes(leg.dialog_uuid);
const moment = (at: Instant) => new Date(at).toISOString();
const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);
const longer = (waited: number | null, ms: number) => Math.round((waited ?? 0) * 1000 + ms) / 1000;
