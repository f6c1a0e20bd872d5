import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Notification, notificationSchema } from '../../../contract/supervision.ts';
import type { AgentEvent, CallEvent } from '../../domain/events.ts';
import { after, asId, type SpaceId, type TrunkId, type UserId } from '../../domain/ids.ts';
import { framesOfAgent, framesOfCall, type Phone, unseenPhone } from './frames-of.ts';
import { agentCall, callId, connected, legId, queued, start } from './testing/stories.ts';

const space = asId<SpaceId>(3);
const user = asId<UserId>(8);
const trunk = asId<TrunkId>(345_940);
const at = after(start, 43_900);
const free: Phone = { loggedIn: true, reachable: true, taken: 'free', shown: 'available' };
const inCall: Phone = { ...free, taken: 'call', shown: 'busy' };

const route = { call: callId(26), at, trunk, number: 26, callerNumber: '+33783655555', callSince: start };

const callFrames: [CallEvent, string, object][] = [
  [
    queued(26, { at }),
    'queue.insert_call',
    {
      call_duration: 43,
      caller_id_num: '33761433333',
      priority: 100,
      id_queue: 391,
      id_call: 26,
      vip_rate: 1,
      duration_in_queue: 0,
      id_client: 3,
    },
  ],
  [
    connected(26, { at }),
    'queue.connect_call',
    {
      status: 'connected',
      call_duration: 43,
      caller_id_num: '33761433333',
      step: 1,
      id_queue: 391,
      id_call: 26,
      id_operator: 8,
      id_client: 3,
    },
  ],
  [
    { type: 'call.left_queue', call: callId(26), at, queue: asId(391), number: 26, reason: 'served' },
    'queue.delete_call',
    { id_call: 26, id_queue: 391, id_client: 3 },
  ],
  [
    {
      type: 'route.entered',
      ...route,
      trunkName: 'Nord',
      served: legId(1),
      consultation: false,
      to: '+331',
      until: at,
    },
    'trunk.insert_call',
    { call_duration: 43, id_trunk: 345_940, caller_id_num: '33783655555', id_call: 26, duration_in_queue: 0 },
  ],
  [
    { type: 'route.connected', ...route, waitedMs: 0 },
    'trunk.connect_call',
    { status: 'connected', call_duration: 43, id_trunk: 345_940, caller_id_num: '33783655555', id_call: 26 },
  ],
  [
    { type: 'route.left', call: callId(26), at, trunk, number: 26, leg: null },
    'trunk.delete_call',
    { id_call: 26, id_trunk: 345_940 },
  ],
];

test.each(callFrames)('$type is told with the keys of the sample', (event, sample, msg) => {
  const frames = framesOfCall(space, event);
  expect(frames.map((frame) => frame.msg)).toEqual([msg]);
  expectShapeOf(sample, frames[0]!);
});

test('a recorded conversation out of a queue has rec', () => {
  expect(framesOfCall(space, connected(26, { recorded: true }))[0]?.msg).toMatchObject({ rec: 1 });
});

test('of a second leg on the same trunk nothing is told while the call stays there', () => {
  const again = { ...route, trunkName: 'Nord', served: legId(1), consultation: true, to: '+331', until: at };
  expect(framesOfCall(space, { type: 'route.entered', ...again, again: true })).toEqual([]);
  expect(framesOfCall(space, { type: 'route.connected', ...route, waitedMs: 0, again: true })).toEqual([]);
  const left = { call: callId(26), at, trunk, number: 26, leg: legId(2) };
  expect(framesOfCall(space, { type: 'route.left', ...left, stays: true })).toEqual([]);
});

test('of an IVR nothing is told', () => {
  const digit: CallEvent = { type: 'ivr.digit', call: callId(1), at, digit: '1', until: null };
  expect(framesOfCall(space, digit)).toEqual([]);
});

/** With the told ones above, every type of event: a new one does not compile until it is here or there. */
const silent: Record<Exclude<CallEvent['type'], ToldCall | `ivr.${string}`>, true> = {
  'call.created': true,
  'call.arriving': true,
  'call.offered': true,
  'call.offer_ended': true,
  'call.abandoned': true,
  'call.overflowed': true,
  'call.talking': true,
  'call.ending': true,
  'call.ended': true,
  'leg.created': true,
  'leg.ringing': true,
  'leg.early_media': true,
  'leg.answered': true,
  'leg.talking': true,
  'leg.digit': true,
  'leg.held': true,
  'leg.unheld': true,
  'leg.release_asked': true,
  'leg.closed': true,
  'route.dialled': true,
  'phone.rung': true,
  'transfer.started': true,
  'transfer.completed': true,
  'transfer.cancelled': true,
  'recording.started': true,
  'recording.stopped': true,
};
type ToldCall =
  | 'call.queued'
  | 'call.connected'
  | 'call.left_queue'
  | 'route.entered'
  | 'route.connected'
  | 'route.left';

test.each(Object.keys(silent))('%s is not told', (type) => {
  expect(framesOfCall(space, { type, call: callId(1), at } as CallEvent)).toEqual([]);
});

describe('the phone', () => {
  test.each(['ringing', 'calling', 'connected'] as const)('%s is told with the keys of the sample', (status) => {
    const shown = agentCall(-17_137, { recorded: true, queue: null, peerNumber: '+33 63 441 111' });
    const { frames, phone } = framesOfAgent(space, { type: `agent.${status}`, user, at, ...shown }, free);
    expect(frames.map((frame) => frame.msg)).toEqual([
      {
        status,
        rec: 1,
        call_duration: 43,
        caller_id_num: '3363441111',
        step: 1,
        id_queue: 0,
        id_call: -17_137,
        id_operator: 8,
        id_client: 3,
      },
    ]);
    expectShapeOf('operator.status.connected', frames[0]!);
    expect(phone).toEqual(inCall);
  });

  const released = { type: 'agent.released', user, at, call: callId(1), missed: false, wrapUpUntil: null } as const;
  test.each<[string, AgentEvent, Phone, string[]]>([
    ['is available after a call', released, inCall, ['available']],
    ['is not yet available in wrap-up', { ...released, wrapUpUntil: at }, inCall, ['unavailable']],
    [
      'is available after wrap-up',
      { type: 'agent.wrap_up_ended', user, at },
      { ...free, taken: 'wrap_up', shown: 'unavailable' },
      ['available'],
    ],
    ['is unavailable after a call when it is gone', released, { ...inCall, reachable: false }, ['unavailable']],
    ['is unavailable after a call when the agent left', released, { ...inCall, loggedIn: false }, ['unavailable']],
    ['says nothing new when a call came to nothing', released, { ...inCall, shown: 'available' }, []],
    ['is unavailable when it is gone', { type: 'agent.phone_unreachable', user, at }, free, ['unavailable']],
    [
      'is available when it is back',
      { type: 'agent.phone_reachable', user, at },
      { ...free, reachable: false, shown: 'unavailable' },
      ['available'],
    ],
    ['of a logged-out agent is not told', { type: 'agent.phone_reachable', user, at }, unseenPhone, []],
    ['that is gone in a call is told when the call ends', { type: 'agent.phone_unreachable', user, at }, inCall, []],
    ['is not changed by a reservation', { type: 'agent.reserved', user, at, call: callId(1), leg: legId(1) }, free, []],
  ])('%s', (_title, event, before, statuses) => {
    const { frames } = framesOfAgent(space, event, before);
    expect(frames.map((frame) => (frame.msg as { status: string }).status)).toEqual(statuses);
    for (const frame of frames) {
      expect(Object.keys(frame.msg).toSorted()).toEqual(['id_client', 'id_operator', 'status']);
      expect(notificationSchema.parse(frame)).toEqual(frame);
    }
  });

  test.each([
    ['blind', 1],
    ['consultative', 2],
    ['conference', 3],
  ] as const)('a %s transfer starts with stype %i', (kind, stype) => {
    const event: AgentEvent = { type: 'agent.transfer_started', user, at, call: callId(26), number: 26, kind };
    const { frames } = framesOfAgent(space, event, inCall);
    expect(frames[0]?.msg).toEqual({ status: 'transfert_start', id_operator: 8, stype, id_client: 3, id_call: 26 });
    const sample = JSON.parse(fixture('packet.update')) as [string, { event: Notification }];
    expect(keysOf(frames[0]!)).toEqual(keysOf(sample[1].event));
  });
});

describe('the desk', () => {
  test.each<[AgentEvent, Phone, [string, string][], string]>([
    [
      { type: 'agent.logged_in', user, at },
      { ...unseenPhone, reachable: true },
      [
        ['login', ''],
        ['status', 'available'],
      ],
      'UI.login',
    ],
    [
      { type: 'agent.logged_in', user, at },
      unseenPhone,
      [
        ['login', ''],
        ['status', 'unavailable'],
      ],
      'UI.login',
    ],
    [
      { type: 'agent.logged_out', user, at },
      free,
      [
        ['logout', ''],
        ['status', 'unavailable'],
      ],
      'UI.login',
    ],
    [{ type: 'agent.logged_out', user, at }, inCall, [['logout', '']], 'UI.login'],
    [{ type: 'agent.paused', user, at, pause: 'user1', reason: 'asked' }, free, [['pause', 'user1']], 'UI.pause'],
    [{ type: 'agent.resumed', user, at }, free, [['pause', '']], 'UI.pause'],
  ])('$type', (event, before, expected, sample) => {
    const { frames } = framesOfAgent(space, event, before);
    expect(
      frames.map((frame) => [
        frame.event,
        'supp' in frame.msg ? frame.msg.supp : (frame.msg as { status: string }).status,
      ]),
    ).toEqual(expected);
    expect(keysOf(frames[0]!)).toEqual(keysOf(JSON.parse(fixture(sample)) as Notification));
    for (const frame of frames) expect(notificationSchema.parse(frame)).toEqual(frame);
  });

  test('an agent who is asked to call somebody is told as PUSHCALL', () => {
    const event: AgentEvent = { type: 'agent.call_pushed', user, at, call: callId(5), number: -5, to: '+33140000000' };
    expect(framesOfAgent(space, event, free).frames).toEqual([
      {
        msg: { id_operator: 8, id_client: 3, callee_num: '33140000000', id_call: -5 },
        type_notification: 'PUSHCALL',
        event: 'pushcall',
      },
    ]);
  });
});

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function expectShapeOf(name: string, frame: Notification): void {
  const sample = JSON.parse(fixture(name)) as Notification;
  expect(keysOf(frame)).toEqual(keysOf(sample));
  expect([frame.type_notification, frame.event]).toEqual([sample.type_notification, sample.event]);
  expect(notificationSchema.parse(frame)).toEqual(frame);
}

/** In their order, as the samples have them. */
function keysOf(frame: Notification): unknown {
  return [Object.keys(frame), Object.keys(frame.msg)];
}
