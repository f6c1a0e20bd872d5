// One agent as the rules see him: his session (the desk) and his phone are two things that change apart.
import type { AgentCall, AgentEvent } from './events.ts';
import type { CallId, Instant, LegId, UserId } from './ids.ts';

export type Session =
  | { state: 'logged_out' }
  | { state: 'available' }
  | { state: 'paused'; pause: string; reason: 'asked' | 'missed' };

export type Phone =
  | { at: 'free' }
  /** A call is on its way to it, nothing rings yet. */
  | { at: 'reserved'; call: CallId; leg: LegId }
  | { at: 'ringing' | 'calling' | 'connected'; call: CallId; leg: LegId; shown: AgentCall }
  | { at: 'wrap_up'; until: Instant };

export interface Agent {
  user: UserId;
  version: number;
  session: Session;
  phone: Phone;
  /** When session or phone last changed. */
  since: Instant;
  /** Since when he has had nothing to do; orders `longest_idle`. */
  idleSince: Instant;
  reachable: boolean;
  /** Misses in a row. */
  missed: number;
  /** Calls out of queues since he logged in; orders `fewest_calls`. */
  taken: number;
}

export function newAgent(user: UserId): Agent {
  return {
    user,
    version: 0,
    session: { state: 'logged_out' },
    phone: { at: 'free' },
    since: 0 as Instant,
    idleSince: 0 as Instant,
    reachable: false,
    missed: 0,
    taken: 0,
  };
}

export function evolveAgent(agent: Agent, event: AgentEvent): Agent {
  return { ...agent, ...changeOf(agent, event), version: agent.version + 1 };
}

function changeOf(agent: Agent, event: AgentEvent): Partial<Agent> {
  const since = event.at;
  switch (event.type) {
    case 'agent.logged_in':
      return { session: { state: 'available' }, since, idleSince: since, missed: 0, taken: 0 };
    case 'agent.logged_out':
      return { session: { state: 'logged_out' }, since };
    case 'agent.paused':
      return { session: { state: 'paused', pause: event.pause, reason: event.reason }, since, missed: 0 };
    case 'agent.resumed':
      return { session: { state: 'available' }, since, idleSince: since, missed: 0 };
    case 'agent.reserved':
      return { phone: { at: 'reserved', call: event.call, leg: event.leg }, since };
    case 'agent.ringing':
      return { phone: { at: 'ringing', call: event.call, leg: event.leg, shown: shownOf(event) }, since };
    case 'agent.calling':
      return { phone: { at: 'calling', call: event.call, leg: event.leg, shown: shownOf(event) }, since };
    case 'agent.connected':
      return {
        phone: { at: 'connected', call: event.call, leg: event.leg, shown: shownOf(event) },
        // Told again as another party talks, or as the recording begins: connected he has been before.
        since: agent.phone.at === 'connected' ? agent.since : since,
        missed: 0,
        taken: agent.taken + (event.queue === null || agent.phone.at === 'connected' ? 0 : 1),
      };
    case 'agent.released':
      return {
        phone: event.wrapUpUntil === null ? { at: 'free' } : { at: 'wrap_up', until: event.wrapUpUntil },
        since,
        // Who was rung in vain by no fault of his (the caller left, a colleague was faster) keeps his place.
        idleSince: agent.phone.at === 'ringing' && !event.missed ? agent.idleSince : since,
        missed: event.missed ? agent.missed + 1 : agent.missed,
      };
    case 'agent.wrap_up_ended':
      return { phone: { at: 'free' }, since, idleSince: since };
    case 'agent.phone_reachable':
      return { reachable: true };
    case 'agent.phone_unreachable':
      return { reachable: false };
    case 'agent.transfer_started':
    case 'agent.call_pushed':
      return {};
    default:
      return event satisfies never;
  }
}

function shownOf(event: AgentCall): AgentCall {
  const { call, number, leg, peerNumber, queue, step, recorded, callSince } = event;
  return { call, number, leg, peerNumber, queue, step, recorded, callSince };
}

/** May a queue ring him now? */
export function isOfferable(agent: Agent): boolean {
  return agent.session.state === 'available' && agent.phone.at === 'free' && agent.reachable;
}

/** Is his phone taken by a call (wrap-up does not count)? */
export function isOnCall(agent: Agent): boolean {
  return agent.phone.at !== 'free' && agent.phone.at !== 'wrap_up';
}
