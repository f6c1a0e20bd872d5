// What supervisors are told of each event. `operator` speaks of an agent's phone, `UI` of his desk
// (docs/decisions/0010-operator-status.md): a pause does not change the phone's status.
import type { Notification } from '../../../contract/supervision.ts';
import { type AgentCall, type AgentEvent, type CallEvent, isIvrEvent, type TransferType } from '../../domain/events.ts';
import type { Instant, SpaceId } from '../../domain/ids.ts';

/** What has to be known of an agent's phone to say whether it is available. `shown`: what was told last. */
export interface Phone {
  loggedIn: boolean;
  reachable: boolean;
  taken: 'free' | 'call' | 'wrap_up';
  shown: 'available' | 'unavailable' | 'busy';
}

export const unseenPhone: Phone = { loggedIn: false, reachable: false, taken: 'free', shown: 'unavailable' };

export function framesOfCall(space: SpaceId, event: CallEvent): Notification[] {
  // An IVR is no queue; where it leads to is told by the events of that.
  if (isIvrEvent(event)) return [];
  switch (event.type) {
    case 'call.queued':
      return [
        {
          msg: {
            call_duration: wholeSeconds(event.callSince, event.at),
            caller_id_num: digits(event.callerNumber),
            priority: event.priority,
            id_queue: event.queue,
            id_call: event.number,
            vip_rate: event.vipRate,
            duration_in_queue: 0,
            id_client: space,
          },
          type_notification: 'queue',
          event: 'insert_call',
        },
      ];
    case 'call.connected':
      return [
        {
          msg: {
            status: 'connected',
            ...(event.recorded ? { rec: 1 as const } : {}),
            call_duration: wholeSeconds(event.callSince, event.at),
            caller_id_num: digits(event.callerNumber),
            step: event.step,
            id_queue: event.queue,
            id_call: event.number,
            id_operator: event.user,
            id_client: space,
          },
          type_notification: 'queue',
          event: 'connect_call',
        },
      ];
    case 'call.left_queue':
      return [
        {
          msg: { id_call: event.number, id_queue: event.queue, id_client: space },
          type_notification: 'queue',
          event: 'delete_call',
        },
      ];
    case 'route.entered':
      if (event.again) return [];
      return [
        {
          msg: {
            call_duration: wholeSeconds(event.callSince, event.at),
            id_trunk: event.trunk,
            caller_id_num: digits(event.callerNumber),
            id_call: event.number,
            duration_in_queue: 0,
          },
          type_notification: 'trunk',
          event: 'insert_call',
        },
      ];
    case 'route.connected':
      if (event.again) return [];
      return [
        {
          msg: {
            status: 'connected',
            call_duration: wholeSeconds(event.callSince, event.at),
            id_trunk: event.trunk,
            caller_id_num: digits(event.callerNumber),
            id_call: event.number,
          },
          type_notification: 'trunk',
          event: 'connect_call',
        },
      ];
    case 'route.left':
      if (event.stays) return [];
      return [
        { msg: { id_call: event.number, id_trunk: event.trunk }, type_notification: 'trunk', event: 'delete_call' },
      ];
    case 'call.created':
    case 'call.offered':
    case 'call.offer_ended':
    case 'call.abandoned':
    case 'call.overflowed':
    case 'call.talking':
    case 'call.ending':
    case 'call.ended':
    case 'call.arriving':
    case 'leg.created':
    case 'leg.ringing':
    case 'leg.early_media':
    case 'leg.answered':
    case 'leg.talking':
    case 'leg.digit':
    case 'leg.held':
    case 'leg.unheld':
    case 'leg.release_asked':
    case 'leg.closed':
    case 'route.dialled':
    case 'phone.rung':
    case 'transfer.started':
    case 'transfer.completed':
    case 'transfer.cancelled':
    case 'recording.started':
    case 'recording.stopped':
      return [];
    default:
      return undecided(event);
  }
}

export function framesOfAgent(
  space: SpaceId,
  event: AgentEvent,
  phone: Phone,
): { frames: Notification[]; phone: Phone } {
  const who = { id_operator: event.user, id_client: space };
  const desk = (name: 'login' | 'logout' | 'pause', supp: string): Notification => ({
    msg: { supp, ...who },
    type_notification: 'UI',
    event: name,
  });
  switch (event.type) {
    case 'agent.logged_in': {
      const told = settled({ ...phone, loggedIn: true }, who, 'always');
      return { ...told, frames: [desk('login', ''), ...told.frames] };
    }
    case 'agent.logged_out': {
      const told = settled({ ...phone, loggedIn: false }, who, 'always');
      return { ...told, frames: [desk('logout', ''), ...told.frames] };
    }
    case 'agent.paused':
      return { frames: [desk('pause', event.pause)], phone };
    case 'agent.resumed':
      return { frames: [desk('pause', '')], phone };
    case 'agent.ringing':
      return busy(space, event, 'ringing', phone);
    case 'agent.calling':
      return busy(space, event, 'calling', phone);
    case 'agent.connected':
      return busy(space, event, 'connected', phone);
    case 'agent.released': {
      const taken = event.wrapUpUntil === null ? 'free' : 'wrap_up';
      return settled({ ...phone, taken }, who, 'when changed');
    }
    case 'agent.wrap_up_ended':
      return settled({ ...phone, taken: 'free' }, who, 'when changed');
    case 'agent.phone_reachable':
      return settled({ ...phone, reachable: true }, who, 'when changed');
    case 'agent.phone_unreachable':
      return settled({ ...phone, reachable: false }, who, 'when changed');
    case 'agent.transfer_started':
      return {
        frames: [
          {
            msg: {
              status: 'transfert_start',
              id_operator: event.user,
              stype: stype[event.kind],
              id_client: space,
              id_call: event.number,
            },
            type_notification: 'operator',
            event: 'status',
          },
        ],
        phone,
      };
    case 'agent.call_pushed':
      return {
        frames: [
          {
            msg: { ...who, callee_num: digits(event.to), id_call: event.number },
            type_notification: 'PUSHCALL',
            event: 'pushcall',
          },
        ],
        phone,
      };
    case 'agent.reserved':
      return { frames: [], phone: { ...phone, taken: 'call' } };
    default:
      return undecided(event);
  }
}

const stype: Record<TransferType, 1 | 2 | 3> = { blind: 1, consultative: 2, conference: 3 };

/** A phone in a call says so until it is released, whatever the desk or the registration does meanwhile. */
function settled(phone: Phone, who: { id_operator: number; id_client: number }, tell: 'always' | 'when changed') {
  if (phone.taken === 'call') return { frames: [], phone };
  const available = phone.loggedIn && phone.reachable && phone.taken === 'free';
  const status = available ? ('available' as const) : ('unavailable' as const);
  const frame: Notification = { msg: { status, ...who }, type_notification: 'operator', event: 'status' };
  return { frames: tell === 'always' || phone.shown !== status ? [frame] : [], phone: { ...phone, shown: status } };
}

function busy(
  space: SpaceId,
  event: AgentCall & { user: number; at: Instant },
  status: 'ringing' | 'calling' | 'connected',
  phone: Phone,
): { frames: Notification[]; phone: Phone } {
  const frame: Notification = {
    msg: {
      status,
      rec: event.recorded ? 1 : 0,
      call_duration: wholeSeconds(event.callSince, event.at),
      caller_id_num: digits(event.peerNumber),
      step: event.step,
      id_queue: event.queue ?? 0,
      id_call: event.number,
      id_operator: event.user,
      id_client: space,
    },
    type_notification: 'operator',
    event: 'status',
  };
  return { frames: [frame], phone: { ...phone, taken: 'call', shown: 'busy' } };
}

const wholeSeconds = (since: Instant, at: Instant) => Math.max(0, Math.floor((at - since) / 1000));
const digits = (presented: string) => presented.replace(/[^0-9*#]/g, '');

function undecided(event: never): never {
  throw new Error(`No frame is decided for ${JSON.stringify((event as { type: string }).type)}.`);
}
