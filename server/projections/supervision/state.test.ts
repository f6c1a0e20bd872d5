import { expect, test } from 'vitest';
import type { Event } from '../../domain/events.ts';
import { after, asId, type SpaceId, type UserId } from '../../domain/ids.ts';
import { framesOfAgent, framesOfCall, type Phone, unseenPhone } from './frames-of.ts';
import { applyFrame, emptyState, type Frame, type SupervisionState } from './state.ts';
import { agentCall, atDesk, callId, queueCall, queued, start } from './testing/stories.ts';

const space = asId<SpaceId>(3);
const ana = asId<UserId>(8);
const second = Math.floor(start / 1000);

test('a waiting call is in its queue with the second at which it came', () => {
  const state = shown([queued(26, { at: after(start, 43_000) })]);
  expect(state.queues[391]?.[26]).toEqual({
    id_call: 26,
    caller_id_num: '33761433333',
    priority: 100,
    vip_rate: 1,
    since: second + 43,
    call_since: second,
    id_operator: null,
    connected_since: null,
  });
});

test('a call through a queue shows its agent connected, then leaves nothing behind', () => {
  const events = [...atDesk(ana, start), ...queueCall(26, ana, start)];
  const talking = shown(events.slice(0, 6));
  expect(talking.queues[391]?.[26]).toMatchObject({ id_operator: 8, connected_since: second + 4 });
  expect(talking.agents[8]).toMatchObject({ status: 'connected', call: { id_call: 26, since: second } });
  const over = shown(events);
  expect(over.queues).toEqual({});
  expect(over.agents[8]).toMatchObject({ logged_in: true, status: 'available', call: null, since: second + 60 });
});

test('connected told again for the same call, as it is recorded from now on: connected since the first time', () => {
  const talking = shown([...atDesk(ana, start), ...queueCall(26, ana, start)].slice(0, 6));
  const recorded: Event = {
    type: 'agent.connected',
    user: ana,
    at: after(start, 9_000),
    ...agentCall(26, { recorded: true }),
  };
  const state = shown([recorded], talking);
  expect(state.agents[8]).toEqual({
    ...talking.agents[8],
    call: { ...talking.agents[8]!.call, rec: 1 },
  });
});

test('a pause is of the desk and ends with the call still there', () => {
  const paused: Event = { type: 'agent.paused', user: ana, at: after(start, 5_000), pause: 'user1', reason: 'asked' };
  const ringing: Event = { type: 'agent.ringing', user: ana, at: start, ...agentCall(26) };
  expect(shown([...atDesk(ana, start), ringing, paused]).agents[8]).toMatchObject({
    supp: 'user1',
    ui_since: second + 5,
    status: 'ringing',
  });
  const resumed: Event = { type: 'agent.resumed', user: ana, at: after(start, 9_000) };
  expect(shown([...atDesk(ana, start), ringing, paused, resumed]).agents[8]).toMatchObject({
    logged_in: true,
    supp: '',
    status: 'ringing',
  });
});

test('a routed call is on its trunk from entry to end', () => {
  const route = { call: callId(7), trunk: asId<never>(34), number: 7, callerNumber: '331', callSince: start };
  const entered = { type: 'route.entered', at: start, ...route } as unknown as Event;
  const through: Event = { type: 'route.connected', at: after(start, 3_000), waitedMs: 0, ...route };
  const left = { type: 'route.left', at: after(start, 9_000), ...route } as unknown as Event;
  expect(shown([entered]).trunks[34]?.[7]).toMatchObject({ since: second, connected_since: null });
  expect(shown([entered, through]).trunks[34]?.[7]).toMatchObject({ since: second, connected_since: second + 3 });
  expect(shown([entered, through, left]).trunks).toEqual({});
});

test('what it is folded from is left as it was', () => {
  const before = Object.freeze({ ...shown([queued(1)]) });
  const copy = structuredClone(before);
  shown([queued(2)], before);
  expect(before).toEqual(copy);
});

function shown(events: readonly Event[], from: SupervisionState = emptyState): SupervisionState {
  let phone: Phone = unseenPhone;
  const frames = events.flatMap((event) => {
    if ('user' in event && event.type.startsWith('agent.')) {
      const told = framesOfAgent(space, event as Parameters<typeof framesOfAgent>[1], phone);
      phone = told.phone;
      return told.frames.map((frame) => ({ at: event.at, event: frame }));
    }
    return framesOfCall(space, event as Parameters<typeof framesOfCall>[1]).map((frame) => ({
      at: event.at,
      event: frame,
    }));
  });
  return frames.map((frame, index): Frame => ({ cpt: from.cpt + index + 1, ...frame })).reduce(applyFrame, from);
}
