import { describe, expect, test } from 'vitest';
import { type Agent, newAgent } from './agent.ts';
import type { Call } from './call.ts';
import { byUrgency, chooseAgents, type Queued, type QueuedCall, refusalRestMs } from './distribution.ts';
import type { QueueSettings, QueueStrategy } from './directory.ts';
import { asId, asKey, type CallId, instant, type LegId, type QueueId, type UserId } from './ids.ts';
import { aSpace } from './testing/space.ts';

const user = (id: number) => asId<UserId>(id);
const now = instant(100_000);

function agent(id: number, differs: Partial<Agent> = {}): Agent {
  const idle = { session: { state: 'available' as const }, reachable: true, idleSince: instant(id) };
  return { ...newAgent(user(id)), ...idle, ...differs };
}

function waiting(stage: Partial<Queued> = {}, call: Partial<Call> = {}): QueuedCall {
  return {
    id: asKey<CallId>('call'),
    number: 1,
    ...call,
    stage: {
      at: 'queued',
      served: asKey<LegId>('caller'),
      queue: asId<QueueId>(1),
      since: instant(0),
      priority: 100,
      vipRate: 0,
      overflowAt: null,
      steps: 0,
      offers: [],
      refused: [],
      ...stage,
    },
  } as QueuedCall;
}

function queue(strategy: QueueStrategy, users: number[] = [1, 2, 3]): QueueSettings {
  const [settings] = aSpace({ queues: [{ name: 'support', strategy }] }).queues.values();
  return { ...settings!, users: users.map(user) };
}

function chosen(
  strategy: QueueStrategy,
  agents: Agent[],
  { call = waiting(), last }: { call?: QueuedCall; last?: number } = {},
): number[] {
  const settings = queue(strategy);
  const known = settings.users.flatMap((id) => agents.find((one) => one.user === id) ?? []);
  return chooseAgents(call, settings, known, last === undefined ? undefined : user(last), now);
}

const offerTo = (id: number) => ({ user: user(id), leg: asKey<LegId>(`leg ${id}`), step: 1, until: now });

describe('who is rung', () => {
  test('nobody who is paused, logged out, on the phone, in wrap-up or unreachable', () => {
    const others: Agent[] = [
      agent(1, { session: { state: 'paused', pause: 'user1', reason: 'asked' } }),
      agent(2, { phone: { at: 'wrap_up', until: now } }),
      agent(3, { reachable: false }),
    ];
    expect(chosen('longest_idle', others)).toEqual([]);
    expect(chosen('ring_all', [agent(1, { session: { state: 'logged_out' } })])).toEqual([]);
    const reserved = agent(1, { phone: { at: 'reserved', call: asKey<CallId>('other'), leg: asKey<LegId>('leg') } });
    expect(chosen('ring_all', [reserved])).toEqual([]);
  });

  test('nobody who is not in the queue', () => {
    expect(chosen('longest_idle', [agent(9)])).toEqual([]);
  });

  test('nobody else while one rings; with ring all, those who do not ring yet', () => {
    const call = waiting({ offers: [offerTo(1)] });
    const agents = [agent(1), agent(2), agent(3)];
    for (const strategy of ['longest_idle', 'round_robin', 'fewest_calls'] as const)
      expect(chosen(strategy, agents, { call })).toEqual([]);
    expect(chosen('ring_all', agents, { call })).toEqual([2, 3]);
  });

  test('longest idle: the earliest; of equals the lower id', () => {
    const agents = [agent(1, { idleSince: instant(30) }), agent(2, { idleSince: instant(10) }), agent(3)];
    expect(chosen('longest_idle', agents)).toEqual([3]);
    expect(chosen('longest_idle', agents.slice(0, 2))).toEqual([2]);
    expect(chosen('longest_idle', [agent(2, { idleSince: instant(5) }), agent(1, { idleSince: instant(5) })])).toEqual([
      1,
    ]);
  });

  test('fewest calls: the lowest count; of equals who is idle longest', () => {
    const agents = [agent(1, { taken: 2 }), agent(2, { taken: 1, idleSince: instant(9) }), agent(3, { taken: 1 })];
    expect(chosen('fewest_calls', agents)).toEqual([3]);
  });

  test.each([
    [undefined, 1],
    [1, 2],
    [2, 3],
    [3, 1],
    [9, 1],
  ])('round robin after %j: %j', (last, next) => {
    const agents = [agent(1), agent(2), agent(3)];
    expect(chosen('round_robin', agents, last === undefined ? {} : { last })).toEqual([next]);
  });

  test('round robin passes over who is not free', () => {
    expect(chosen('round_robin', [agent(1), agent(3)], { last: 1 })).toEqual([3]);
  });

  test('who has not refused it yet goes first; who has is asked again only after a rest', () => {
    const since = (ms: number) => waiting({ refused: [{ user: user(1), at: instant(now - ms) }] });
    expect(chosen('longest_idle', [agent(1), agent(2)], { call: since(refusalRestMs) })).toEqual([2]);
    expect(chosen('longest_idle', [agent(1)], { call: since(refusalRestMs - 1) })).toEqual([]);
    expect(chosen('longest_idle', [agent(1)], { call: since(refusalRestMs) })).toEqual([1]);
  });
});

describe('which call is served first', () => {
  const order = (...calls: QueuedCall[]) => calls.toSorted(byUrgency).map((call) => call.id);
  const named = (id: string, stage: Partial<Queued>, number = 1) => waiting(stage, { id: asKey<CallId>(id), number });

  test('priority, then VIP rate, then age, then number (negative ones count alike)', () => {
    expect(order(named('low', { priority: 1, vipRate: 9 }), named('high', { priority: 2 }))).toEqual(['high', 'low']);
    expect(order(named('plain', {}), named('vip', { vipRate: 1, since: instant(9) }))).toEqual(['vip', 'plain']);
    expect(order(named('late', { since: instant(2) }), named('early', { since: instant(1) }))).toEqual([
      'early',
      'late',
    ]);
    expect(order(named('third', {}, 3), named('second', {}, -2))).toEqual(['second', 'third']);
  });
});
