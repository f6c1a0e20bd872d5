// Events as the flows append them, for tests and benchmarks of the stream: a queue call is eight of them.
import { type AgentCall, type AgentEvent, type CallEvent, type Event, streamOf } from '../../../domain/events.ts';
import {
  after,
  asId,
  asKey,
  type CallId,
  instant,
  type Instant,
  type LegId,
  type QueueId,
  type SpaceId,
  type UserId,
} from '../../../domain/ids.ts';
import type { Append } from '../../../journal/journal.ts';

export const start = instant(Date.UTC(2026, 0, 5, 9, 0, 0));

export function callId(number: number): CallId {
  return asKey<CallId>(number.toString(16).padStart(24, '0'));
}

export function legId(number: number): LegId {
  return asKey<LegId>(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`);
}

export function agentCall(number: number, differs: Partial<AgentCall> = {}): AgentCall {
  return {
    call: callId(number),
    number,
    leg: legId(number),
    peerNumber: '+33761433333',
    queue: asId<QueueId>(391),
    step: 1,
    recorded: false,
    callSince: start,
    ...differs,
  };
}

export function queued(number: number, differs: Partial<Extract<CallEvent, { type: 'call.queued' }>> = {}): CallEvent {
  return {
    type: 'call.queued',
    call: callId(number),
    at: start,
    queue: asId<QueueId>(391),
    queueName: 'Support',
    served: legId(number),
    number,
    callerNumber: '+33761433333',
    priority: 100,
    vipRate: 1,
    callSince: start,
    overflowAt: null,
    ...differs,
  };
}

export function connected(
  number: number,
  differs: Partial<Extract<CallEvent, { type: 'call.connected' }>> = {},
): CallEvent {
  return {
    type: 'call.connected',
    call: callId(number),
    at: start,
    queue: asId<QueueId>(391),
    number,
    user: asId<UserId>(8),
    leg: legId(number),
    callerNumber: '+33761433333',
    step: 1,
    waitedMs: 4_000,
    recorded: false,
    callSince: start,
    withinServiceLevel: true,
    ...differs,
  };
}

/** One call from its entry into a queue to its end, answered by `user`; seven frames. */
export function queueCall(number: number, user: UserId, at: Instant): Event[] {
  const queue = asId<QueueId>(391);
  const call = callId(number);
  const shown = agentCall(number, { callSince: at });
  const rings = after(at, 1_000);
  const talks = after(at, 4_000);
  const ends = after(at, 60_000);
  return [
    queued(number, { at, callSince: at }),
    { type: 'agent.ringing', user, at: rings, ...shown },
    { type: 'agent.connected', user, at: talks, ...shown },
    connected(number, { at: talks, user, callSince: at }),
    { type: 'leg.closed', call, at: ends, leg: shown.leg, cause: 'HANGUP', q850: 16, talkMs: 56_000 },
    { type: 'call.left_queue', call, at: ends, queue, number, reason: 'served' },
    { type: 'agent.released', user, at: ends, call, missed: false, wrapUpUntil: null },
  ];
}

export function atDesk(user: UserId, at: Instant): AgentEvent[] {
  return [
    { type: 'agent.phone_reachable', user, at },
    { type: 'agent.logged_in', user, at },
  ];
}

/** Makes one append of events in order, counting the versions of their streams. */
export class StreamVersions {
  readonly #versions = new Map<string, number>();

  appendOf(space: SpaceId, events: readonly Event[]): Append {
    const streams = events.map((event) => {
      const stream = streamOf(event);
      const key = `${space}/${stream}`;
      const expected = this.#versions.get(key) ?? 0;
      this.#versions.set(key, expected + 1);
      return { stream, expected, events: [event] };
    });
    return { space, streams };
  }
}
