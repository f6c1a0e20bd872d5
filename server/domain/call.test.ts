import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Agent, evolveAgent, newAgent } from './agent.ts';
import { type Call, callOf, evolveCall } from './call.ts';
import type { AgentCall, AgentEvent, CallEvent } from './events.ts';
import {
  asId,
  asKey,
  type CallId,
  type ExtensionId,
  instant,
  type LegId,
  type QueueId,
  type TrunkId,
  type UserId,
} from './ids.ts';
import { phoneParty } from './rules/parties.ts';
import { aSpace } from './testing/space.ts';

const call = asKey<CallId>('call');
const user = asId<UserId>(1);
const queue = asId<QueueId>(1);
const trunk = asId<TrunkId>(1);
const extension = asId<ExtensionId>(101);
const legs = ['one', 'two', 'three'].map((id) => asKey<LegId>(id));
const until = instant(9);
const directory = aSpace({ agents: ['Ana'] });
const party = phoneParty(directory, directory.phoneOf.get(user)!);

const created: Extract<CallEvent, { type: 'call.created' }> = {
  type: 'call.created',
  call,
  at: instant(0),
  number: 1,
  direction: 'inbound',
  origin: 'trunk',
  from: { number: '+33140000000', name: null },
  dialled: '201',
  did: null,
  trunk: null,
  placedBy: null,
};

type Bare<E> = E extends unknown ? Omit<E, 'at'> : never;

/** Every type of event that a call's stream may hold after its first, the compiler sees to that; what an IVR does to its
 *  run is seen to in ivr/. */
function callEvents(
  leg: LegId,
  other: LegId,
): Record<Exclude<CallEvent['type'], 'call.created' | `ivr.${string}`>, Bare<CallEvent>> {
  const about = { call, queue, number: 1 };
  const outside = { callerNumber: '', callSince: instant(0) };
  return {
    'leg.created': { type: 'leg.created', call, leg, side: 'callee', party },
    'leg.ringing': { type: 'leg.ringing', call, leg },
    'leg.early_media': { type: 'leg.early_media', call, leg },
    'leg.answered': { type: 'leg.answered', call, leg },
    'leg.talking': { type: 'leg.talking', call, leg },
    'leg.digit': { type: 'leg.digit', call, leg, digit: '1', durationMs: null },
    'leg.held': { type: 'leg.held', call, leg },
    'leg.unheld': { type: 'leg.unheld', call, leg },
    'leg.release_asked': { type: 'leg.release_asked', call, leg, cause: 'HANGUP' },
    'leg.closed': { type: 'leg.closed', call, leg, cause: 'HANGUP', q850: 16, talkMs: 5 },
    'call.queued': {
      type: 'call.queued',
      ...about,
      ...outside,
      queueName: 'support',
      served: leg,
      priority: 100,
      vipRate: 0,
      overflowAt: null,
    },
    'call.offered': { type: 'call.offered', call, queue, user, leg, step: 1, until },
    'call.offer_ended': { type: 'call.offer_ended', call, queue, user, leg, outcome: 'no_answer' },
    'call.connected': {
      type: 'call.connected',
      ...about,
      ...outside,
      user,
      leg,
      step: 1,
      waitedMs: 0,
      recorded: false,
      withinServiceLevel: true,
    },
    'call.abandoned': { type: 'call.abandoned', ...about, waitedMs: 0 },
    'call.overflowed': { type: 'call.overflowed', ...about, waitedMs: 0, to: null },
    'call.left_queue': { type: 'call.left_queue', ...about, reason: 'served' },
    'route.entered': {
      type: 'route.entered',
      call,
      trunk,
      trunkName: '',
      served: leg,
      consultation: false,
      number: 1,
      to: '1',
      until,
      ...outside,
    },
    'route.dialled': { type: 'route.dialled', call, trunk, leg, until },
    'route.connected': { type: 'route.connected', call, trunk, number: 1, waitedMs: 0, ...outside },
    'route.left': { type: 'route.left', call, trunk, number: 1, leg },
    'phone.rung': { type: 'phone.rung', call, extension, served: other, leg, until, forwards: 0 },
    'call.arriving': { type: 'call.arriving', call, leg, until },
    'call.talking': { type: 'call.talking', call, legs: [leg, other] },
    'transfer.started': {
      type: 'transfer.started',
      call,
      by: leg,
      user,
      number: 1,
      kind: 'consultative',
      to: '102',
      party: other,
      leg: other,
      until,
    },
    'transfer.completed': { type: 'transfer.completed', call, by: leg, party: other, leg, kind: 'consultative' },
    'transfer.cancelled': { type: 'transfer.cancelled', call, by: leg, leg: other, reason: 'asked' },
    'recording.started': { type: 'recording.started', call, recording: 'r' },
    'recording.stopped': { type: 'recording.stopped', call, recording: 'r', durationMs: null },
    'call.ending': { type: 'call.ending', call, outcome: 'failed' },
    'call.ended': { type: 'call.ended', call, outcome: 'failed', number: 1, talkMs: null, durationMs: 0 },
  };
}

function agentEvents(leg: LegId): Record<AgentEvent['type'], Bare<AgentEvent>> {
  const shown: AgentCall = {
    call,
    number: 1,
    leg,
    peerNumber: '1',
    queue,
    step: 1,
    recorded: false,
    callSince: instant(0),
  };
  return {
    'agent.logged_in': { type: 'agent.logged_in', user },
    'agent.logged_out': { type: 'agent.logged_out', user },
    'agent.paused': { type: 'agent.paused', user, pause: 'user1', reason: 'asked' },
    'agent.resumed': { type: 'agent.resumed', user },
    'agent.reserved': { type: 'agent.reserved', user, call, leg },
    'agent.ringing': { type: 'agent.ringing', user, ...shown },
    'agent.calling': { type: 'agent.calling', user, ...shown },
    'agent.connected': { type: 'agent.connected', user, ...shown },
    'agent.released': { type: 'agent.released', user, call, missed: true, wrapUpUntil: null },
    'agent.wrap_up_ended': { type: 'agent.wrap_up_ended', user },
    'agent.phone_reachable': { type: 'agent.phone_reachable', user },
    'agent.phone_unreachable': { type: 'agent.phone_unreachable', user },
    'agent.transfer_started': { type: 'agent.transfer_started', user, call, number: 1, kind: 'blind' },
    'agent.call_pushed': { type: 'agent.call_pushed', user, call, number: 1, to: '1' },
  };
}

const anyLeg = fc.constantFrom(...legs);

describe('a fold never fails, whatever was written in whatever order', () => {
  test('of a call', () => {
    const anyEvent = fc.tuple(anyLeg, anyLeg, fc.nat()).map(([leg, other, which]) => {
      const events = Object.values(callEvents(leg, other));
      return events[which % events.length]!;
    });
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const folded = events.reduce<Call>(
          (state, event, at) => evolveCall(state, { ...event, at: instant(at) } as CallEvent),
          callOf(created),
        );
        expect(folded.version).toBe(events.length + 1);
        expect(JSON.parse(JSON.stringify(folded))).toEqual(folded);
      }),
    );
  });

  test('of an agent', () => {
    const anyEvent = fc.tuple(anyLeg, fc.nat()).map(([leg, which]) => {
      const events = Object.values(agentEvents(leg));
      return events[which % events.length]!;
    });
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const folded = events.reduce<Agent>(
          (state, event, at) => evolveAgent(state, { ...event, at: instant(at) } as AgentEvent),
          newAgent(user),
        );
        expect(folded.version).toBe(events.length);
        expect(JSON.parse(JSON.stringify(folded))).toEqual(folded);
      }),
    );
  });
});

test('a call is created once', () => {
  expect(() => evolveCall(callOf(created), created)).toThrow('created twice');
});
