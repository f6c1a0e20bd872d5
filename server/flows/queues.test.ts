import { expect, test } from 'vitest';
import { startDesk } from './testing/desk.ts';

test('a caller who dials a queue is answered with music, then talks with the agent who takes the call', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  expect(caller.hears).toBe('music');
  expect(desk.agent('Ana').isRung).toBe(true);
  expect(desk.agent('Ana').view.phone).toBe('ringing');
  await desk.agent('Ana').answers();
  expect(caller.isTalkingTo(desk.agent('Ana'))).toBe(true);
  expect(desk.agent('Ana').isTalkingTo(caller)).toBe(true);
  expect(desk.agent('Ana').view.phone).toBe('connected');
  await desk.advance(10_000);
  await caller.hangsUp();
  expect(caller.closes).toEqual([
    ['caller', 'HANGUP'],
    ['Ana', 'DIALOG_LEFT'],
  ]);
  expect(desk.events('call.ended')).toMatchObject([{ outcome: 'answered', talkMs: 10_000 }]);
  expect(desk.events('call.left_queue')).toMatchObject([{ reason: 'served' }]);
  expect(desk.leftovers()).toEqual([]);
});

test('the agent may hang up first', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await desk.agent('Ana').hangsUp();
  expect(caller.isHere).toBe(false);
  expect(caller.closes).toEqual([
    ['Ana', 'HANGUP'],
    ['caller', 'DIALOG_LEFT'],
  ]);
  expect(desk.leftovers()).toEqual([]);
});

test('longest idle: who has waited longest for a call gets the next one', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben', 'Eva'], queues: ['support'] });
  for (const name of ['Ben', 'Eva', 'Ana']) {
    await desk.advance(1_000);
    await desk.agent(name).becomes('paused', 'user1');
    await desk.agent(name).becomes('available');
  }
  const order: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await desk.advance(1_000);
    const caller = await desk.callIn('support');
    const [rung] = ['Ana', 'Ben', 'Eva'].filter((name) => desk.agent(name).isRung);
    order.push(rung!);
    await desk.agent(rung!).answers();
    await caller.hangsUp();
  }
  expect(order).toEqual(['Ben', 'Eva', 'Ana', 'Ben']);
});

test('an agent who was rung and lost the caller keeps his place', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  const caller = await desk.callIn('support');
  expect(desk.agent('Ana').isRung).toBe(true);
  await desk.advance(5_000);
  await caller.hangsUp();
  await desk.callIn('support');
  expect(desk.agent('Ana').isRung).toBe(true);
});

test('round robin: each in turn, whoever was idle longest', async () => {
  const desk = await startDesk({
    agents: ['Ana', 'Ben', 'Eva'],
    queues: [{ name: 'support', strategy: 'round_robin' }],
  });
  const order: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    const caller = await desk.callIn('support');
    const [rung] = ['Ana', 'Ben', 'Eva'].filter((name) => desk.agent(name).isRung);
    order.push(rung!);
    await caller.hangsUp();
  }
  expect(order).toEqual(['Ana', 'Ben', 'Eva', 'Ana']);
});

test('fewest calls: who has taken the fewest since he logged in', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: [{ name: 'support', strategy: 'fewest_calls' }] });
  const first = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await first.hangsUp();
  await desk.advance(1_000);
  await desk.agent('Ben').becomes('paused', 'user1');
  await desk.agent('Ben').becomes('available');
  await desk.callIn('support');
  expect(desk.agent('Ben').isRung).toBe(true);
});

test('ring all: everybody is rung, the first to answer has the call, the others fall silent and missed nothing', async () => {
  const desk = await startDesk({
    agents: ['Ana', 'Ben', 'Eva'],
    queues: [{ name: 'support', strategy: 'ring_all' }],
    missesBeforePause: 1,
  });
  const caller = await desk.callIn('support');
  expect(['Ana', 'Ben', 'Eva'].every((name) => desk.agent(name).isRung)).toBe(true);
  await desk.agent('Ben').answers();
  expect(caller.hears).toBe('Ben');
  expect(desk.agent('Ana').isRung).toBe(false);
  expect(desk.agent('Eva').view).toMatchObject({ phone: 'free', state: 'available' });
});

test('ring all: an agent who becomes free while others ring is rung too', async () => {
  const desk = await startDesk({
    agents: ['Ana', { name: 'Ben', begins: 'logged out' }],
    queues: [{ name: 'support', strategy: 'ring_all' }],
  });
  await desk.callIn('support');
  await desk.agent('Ben').becomes('available');
  expect(desk.agent('Ana').isRung).toBe(true);
  expect(desk.agent('Ben').isRung).toBe(true);
});

test('two agents pick up at once: one has the call, the other is let go', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: [{ name: 'support', strategy: 'ring_all' }] });
  const caller = await desk.callIn('support');
  desk.agent('Ana').phone.answer();
  desk.agent('Ben').phone.answer();
  await desk.advance(0);
  expect(caller.hears).toBe('Ana');
  expect(desk.agent('Ben').hears).toBe('gone');
  expect(desk.agent('Ben').view.phone).toBe('free');
});

test('a call that nobody answers in 20 s rings at the next agent, and later at the first again', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.advance(19_999);
  expect(desk.agent('Ana').isRung).toBe(true);
  await desk.advance(1);
  expect(desk.agent('Ana').isRung).toBe(false);
  expect(desk.agent('Ben').isRung).toBe(true);
  await desk.advance(20_000);
  expect(desk.agent('Ana').isRung).toBe(true);
  expect(caller.hears).toBe('music');
  expect(desk.events('call.offered').map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(desk.events('call.offer_ended').map(({ outcome }) => outcome)).toEqual(['no_answer', 'no_answer']);
});

test('a refused call goes to the next agent; the only agent is asked again after 5 s', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  await desk.callIn('support');
  await desk.agent('Ana').refuses();
  expect(desk.agent('Ben').isRung).toBe(true);
  await desk.agent('Ben').becomes('logged_out');
  expect(desk.agent('Ana').isRung).toBe(false);
  await desk.advance(5_000);
  expect(desk.agent('Ana').isRung).toBe(true);
});

test('an agent who misses three calls in a row is set on pause, and no call rings there', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'], missesBeforePause: 3 });
  const caller = await desk.callIn('support');
  await desk.advance(70_000);
  expect(desk.agent('Ana').view).toMatchObject({ state: 'paused', pause: 'user15', phone: 'free' });
  expect(desk.events('agent.paused')).toMatchObject([{ pause: 'user15', reason: 'missed' }]);
  expect(desk.events('call.offered')).toHaveLength(3);
  await desk.agent('Ana').becomes('available');
  await desk.advance(5_000);
  await desk.agent('Ana').answers();
  expect(caller.hears).toBe('Ana');
});

test('an answered call ends a row of misses', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'], missesBeforePause: 2 });
  const first = await desk.callIn('support');
  await desk.advance(25_000);
  await desk.agent('Ana').answers();
  await first.hangsUp();
  await desk.callIn('support');
  await desk.advance(20_000);
  expect(desk.agent('Ana').view.state).toBe('available');
});

test('after a call of the queue its agent has time to wrap up, which he may end himself', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: [{ name: 'support', wrapUpMs: 30_000 }] });
  const first = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await first.hangsUp();
  expect(desk.agent('Ana').view.phone).toBe('wrap_up');
  const second = await desk.callIn('support');
  await desk.advance(29_999);
  expect(desk.agent('Ana').isRung).toBe(false);
  await desk.advance(1);
  expect(desk.agent('Ana').isRung).toBe(true);
  await desk.agent('Ana').answers();
  await second.hangsUp();
  await desk.agent('Ana').becomes('available');
  expect(desk.agent('Ana').view.phone).toBe('free');
});

test('the higher priority is served first, then the higher VIP rate, then who came first', async () => {
  const desk = await startDesk({
    agents: [{ name: 'Ana', begins: 'logged out' }],
    queues: ['support'],
    vips: [
      { number: '33100000001', vipRate: 0, priority: 200 },
      { number: '33100000002', vipRate: 5, priority: 100 },
    ],
  });
  const numbers = ['+33100000003', '+33100000004', '+33100000002', '+33100000001'];
  for (const from of numbers) {
    await desk.callIn('support', { from });
    await desk.advance(1_000);
  }
  await desk.agent('Ana').becomes('available');
  const served: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await desk.agent('Ana').answers();
    served.push(desk.agent('Ana').hears);
    await desk.agent('Ana').hangsUp();
  }
  expect(served).toEqual(['+33100000001', '+33100000002', '+33100000003', '+33100000004']);
});

test('a call which nobody takes in 20 s goes to the overflow queue', async () => {
  const desk = await startDesk({
    agents: ['Ana', 'Ben'],
    queues: [
      { name: 'support', agents: [], maxWaitMs: 20_000, overflowExtension: '202' },
      { name: 'overflow', agents: ['Ben'] },
    ],
  });
  const caller = await desk.callIn('support');
  await desk.advance(19_999);
  expect(caller.queue).toBe('support');
  await desk.advance(1);
  expect(caller.queue).toBe('overflow');
  expect(caller.hears).toBe('music');
  expect(desk.events('call.overflowed')).toMatchObject([{ waitedMs: 20_000, to: '202' }]);
  await desk.agent('Ben').answers();
  expect(caller.hears).toBe('Ben');
});

test('the overflow may be a phone, which rings for the caller', async () => {
  const desk = await startDesk({
    agents: ['Ana', 'Ben'],
    queues: [{ name: 'support', agents: ['Ana'], maxWaitMs: 10_000, overflowExtension: '102' }],
  });
  const caller = await desk.callIn('support');
  await desk.advance(10_000);
  expect(desk.agent('Ana').isRung).toBe(false);
  expect(caller.hears).toBe('ringing');
  await desk.agent('Ben').answers();
  expect(caller.hears).toBe('Ben');
  await caller.hangsUp();
  expect(desk.leftovers()).toEqual([]);
});

test('without an overflow the call ends after its longest wait', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: [{ name: 'support', maxWaitMs: 10_000 }] });
  const caller = await desk.callIn('support');
  await desk.advance(10_000);
  expect(caller.isHere).toBe(false);
  expect(caller.outcome).toBe('no_answer');
  expect(desk.events('call.left_queue')).toMatchObject([{ reason: 'overflowed' }]);
  expect(desk.events('call.abandoned')).toEqual([]);
  expect(desk.leftovers()).toEqual([]);
});

test('a caller who gives up is counted as abandoned, and the phone that rang for him falls silent', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'], missesBeforePause: 1 });
  const caller = await desk.callIn('support');
  await desk.advance(7_000);
  await caller.hangsUp();
  expect(desk.agent('Ana').isRung).toBe(false);
  expect(desk.agent('Ana').view).toMatchObject({ state: 'available', phone: 'free' });
  expect(desk.events('call.abandoned')).toMatchObject([{ waitedMs: 7_000 }]);
  expect(caller.outcome).toBe('abandoned');
  expect(caller.closes).toEqual([
    ['caller', 'HANGUP'],
    ['Ana', 'CANCELED'],
  ]);
  expect(desk.leftovers()).toEqual([]);
});

test('an agent who logs out or pauses while his phone rings is left alone, and the next one is rung', async () => {
  for (const state of ['logged_out', 'paused'] as const) {
    const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
    await desk.callIn('support');
    await desk.agent('Ana').becomes(state, state === 'paused' ? 'user1' : null);
    expect(desk.agent('Ana').isRung).toBe(false);
    expect(desk.agent('Ben').isRung).toBe(true);
  }
});

test('a phone that cannot be reached is not rung; when it comes back it is', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  desk.agent('Ana').phone.reachable(false);
  await desk.advance(0);
  expect(desk.agent('Ana').view.phone).toBe('unreachable');
  await desk.callIn('support');
  expect(desk.events('call.offered')).toEqual([]);
  desk.agent('Ana').phone.reachable(true);
  await desk.advance(0);
  expect(desk.agent('Ana').isRung).toBe(true);
});

test('a phone that is named reachable and is not: the next agent is rung, and nobody has missed a call', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'], missesBeforePause: 1 });
  desk.agent('Ana').reacts('unreachable');
  await desk.callIn('support');
  expect(desk.agent('Ben').isRung).toBe(true);
  expect(desk.events('call.offer_ended')).toMatchObject([{ outcome: 'unreachable' }]);
  expect(desk.agent('Ana').view.state).toBe('available');
});

test('an agent who dials while a queue rings him gets his own call, and the queue goes on', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  const caller = await desk.callIn('support');
  const own = await desk.agent('Ana').dials('0155550001');
  expect(desk.agent('Ben').isRung).toBe(true);
  await desk.advance(2_000);
  expect(own.hears).toBe('0155550001');
  expect(caller.hears).toBe('music');
  expect(desk.agent('Ana').view).toMatchObject({ phone: 'connected', call: own.call });
});

test('two calls never reach one agent, though both wait in two of his queues', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support', 'sales'] });
  const first = await desk.callIn('support');
  const second = await desk.callIn('sales');
  expect(desk.agent('Ana').phone.calls).toHaveLength(1);
  await desk.agent('Ana').answers();
  expect(first.hears).toBe('Ana');
  expect(second.hears).toBe('music');
  await first.hangsUp();
  expect(desk.agent('Ana').isRung).toBe(true);
});

test('a queue that is deleted ends the calls that wait in it', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.removes({ queue: 'support' });
  expect(caller.isHere).toBe(false);
  expect(caller.outcome).toBe('failed');
  expect(desk.leftovers()).toEqual([]);
});

test('an agent who joins a queue in which a call waits is rung', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: [{ name: 'support', agents: [] }] });
  await desk.callIn('support');
  const users = [desk.agent('Ana').user];
  await desk.changes((directory) => ({
    ...directory,
    queues: new Map([...directory.queues].map(([id, queue]) => [id, { ...queue, users }])),
  }));
  expect(desk.agent('Ana').isRung).toBe(true);
});
