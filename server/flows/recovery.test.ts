// The server, the connection, the exchange and the database each go away in the middle of every stage of a call.
import { describe, expect, test } from 'vitest';
import type { IvrAction } from '../domain/ivr/definition.ts';
import { anIvr, ask, jump, play } from '../domain/ivr/testing/caller.ts';
import type { Caller } from './testing/caller.ts';
import { type Desk, startDesk } from './testing/desk.ts';

interface Stage {
  name: string;
  begin(desk: Desk): Promise<Caller>;
  /** Is the call where it was? */
  goesOn(desk: Desk, caller: Caller): Promise<void>;
}

const toQueue = (queue_id: number): IvrAction => ({ type: 'queue', queue_id, priority: null, vip_rate: null });
const ringBoth: IvrAction = { type: 'simple_transfer', numbers: ['101', '102'], timeout_s: 30, final: false };

const plan = {
  agents: ['Ana', 'Ben', 'Eva'],
  queues: [
    { name: 'support', agents: ['Ana'] },
    { name: 'empty', agents: [] },
  ],
  routes: { 301: '0155550001' },
  ivrs: {
    Menu: anIvr({ main: { start: [play('menu.wav')], 1: [toQueue(2)], timeout: [jump('main')] } }),
    Asking: anIvr({ main: { start: [ask(), toQueue(2)] } }),
    Ringing: anIvr({ main: { start: [ringBoth, toQueue(2)] } }),
  },
  sounds: { 'menu.wav': 60_000 },
  customer: () => ({ afterMs: 4_000 }),
};

async function toAna(desk: Desk): Promise<Caller> {
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  return caller;
}

const stages: Stage[] = [
  {
    name: 'waiting in a queue',
    begin: (desk) => desk.callIn('empty'),
    async goesOn(_desk, caller) {
      expect(caller.hears).toBe('music');
      expect(caller.queue).toBe('empty');
    },
  },
  {
    name: 'offered to an agent',
    begin: (desk) => desk.callIn('support'),
    async goesOn(desk, caller) {
      await desk.agent('Ana').answers();
      expect(caller.hears).toBe('Ana');
    },
  },
  {
    name: 'talking',
    begin: toAna,
    async goesOn(desk, caller) {
      expect(caller.hears).toBe('Ana');
      expect(desk.agent('Ana').hears).toBe('+33140000000');
      expect(desk.agent('Ana').view.phone).toBe('connected');
    },
  },
  {
    name: 'on hold',
    async begin(desk) {
      const caller = await toAna(desk);
      await desk.agent('Ana').holds();
      return caller;
    },
    async goesOn(desk, caller) {
      expect(caller.hears).toBe('music');
      await desk.agent('Ana').unholds();
      expect(caller.hears).toBe('Ana');
    },
  },
  {
    name: 'ringing a phone',
    begin: (desk) => desk.callIn('Ben'),
    async goesOn(desk, caller) {
      await desk.agent('Ben').answers();
      expect(caller.hears).toBe('Ben');
    },
  },
  {
    name: 'being routed out',
    begin: (desk) => desk.callIn('301'),
    async goesOn(desk, caller) {
      await desk.advance(2_000);
      expect(caller.hears).toBe('0155550001');
      expect(desk.eventsOf(caller.call).filter(({ type }) => type === 'route.dialled')).toHaveLength(1);
    },
  },
  {
    name: 'consulting while it rings',
    async begin(desk) {
      const caller = await toAna(desk);
      await desk.agent('Ana').transfers('Ben', 'consultative');
      return caller;
    },
    async goesOn(desk, caller) {
      expect(desk.agent('Ana').hears).toBe('ringing');
      await desk.agent('Ben').answers();
      expect(desk.agent('Ana').hears).toBe('Ben');
      await desk.agent('Ana').completes();
      expect(caller.hears).toBe('Ben');
    },
  },
  {
    name: 'consulting',
    async begin(desk) {
      const caller = await toAna(desk);
      await desk.agent('Ana').transfers('Ben', 'consultative');
      await desk.agent('Ben').answers();
      return caller;
    },
    async goesOn(desk, caller) {
      expect(caller.hears).toBe('music');
      expect(desk.agent('Ana').hears).toBe('Ben');
      await desk.agent('Ana').cancels();
      expect(caller.hears).toBe('Ana');
    },
  },
  {
    name: 'hearing a sound of an IVR',
    begin: (desk) => desk.callIn('Menu'),
    async goesOn(desk, caller) {
      expect(caller.hears).toBe('menu.wav');
      caller.party.press('1');
      await desk.advance(0);
      expect(caller.queue).toBe('empty');
    },
  },
  {
    name: 'waiting for digits in an IVR',
    async begin(desk) {
      const caller = await desk.callIn('Menu');
      await desk.advance(60_000);
      return caller;
    },
    async goesOn(desk, caller) {
      caller.party.press('1');
      await desk.advance(0);
      expect(caller.queue).toBe('empty');
    },
  },
  {
    name: "waiting for a customer's URL",
    begin: (desk) => desk.callIn('Asking'),
    async goesOn(desk, caller) {
      await desk.advance(5_000);
      expect(caller.queue).toBe('empty');
      const asked = desk.asked.filter(({ call }) => call === caller.call);
      expect(asked, 'it is never asked twice').toHaveLength(1);
    },
  },
  {
    name: 'ringing several phones at once',
    begin: (desk) => desk.callIn('Ringing'),
    async goesOn(desk, caller) {
      await desk.agent('Ben').answers();
      expect(caller.hears).toBe('Ben');
      expect(desk.agent('Ana').isRung).toBe(false);
    },
  },
];

describe.each(stages)('$name', ({ begin, goesOn }) => {
  test('the server restarts: the call is taken over', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    await desk.restarts({ afterMs: 500 });
    await goesOn(desk, caller);
    await expectEnds(desk, caller);
  });

  test('the server restarts after the caller has left: the call is closed', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    caller.party.follow([{ atMs: 100, act: { do: 'hangUp', q850: 16 } }]);
    await desk.restarts({ afterMs: 500 });
    await desk.advance(20_000);
    for (const name of plan.agents) for (const party of [...desk.agent(name).phone.calls]) party.hangUp();
    await desk.advance(0);
    expect(caller.closes).toContainEqual(['caller', 'FAILED']);
    expect(desk.leftovers()).toEqual([]);
  });

  test('the connection breaks and comes back: the call goes on', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    desk.engine.disconnect();
    await desk.advance(500);
    desk.engine.reconnect();
    await desk.advance(0);
    await goesOn(desk, caller);
    await expectEnds(desk, caller);
  });

  test('the exchange dies: the call has failed, its agents are free and take the next one', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    desk.engine.crash();
    await desk.advance(500);
    desk.engine.restart();
    await desk.advance(0);
    expect(caller.outcome).toBeDefined();
    expect(new Set(caller.closes.map(([, cause]) => cause))).toEqual(new Set(['FAILED']));
    expect(desk.leftovers()).toEqual([]);
    await goesOn(desk, await begin(desk));
  });

  test('the database is away for a while: nothing is lost, and the call goes on', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    desk.journal.goAway();
    await desk.advance(10_000);
    desk.journal.comeBack();
    await desk.advance(1_000);
    await goesOn(desk, caller);
    await expectEnds(desk, caller);
  });

  test('the database is away while everybody hangs up: that is known when it is back', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    desk.journal.goAway();
    caller.party.hangUp();
    await desk.advance(10_000);
    desk.journal.comeBack();
    await desk.advance(1_000);
    expect(caller.closes[0]).toEqual(['caller', 'HANGUP']);
    await expectEnds(desk, caller);
  });

  test('an append is refused: the space is folded anew, and the call goes on', async () => {
    const desk = await startDesk(plan);
    const caller = await begin(desk);
    await desk.somebodyElseAppends('Eva');
    await expect(desk.agent('Eva').becomes('paused', 'user1')).rejects.toMatchObject({ code: 'journal.conflict' });
    await desk.advance(0);
    expect(desk.agent('Eva').view.state).toBe('logged_out');
    await goesOn(desk, caller);
    await expectEnds(desk, caller);
  });
});

async function expectEnds(desk: Desk, caller: Caller): Promise<void> {
  if (caller.isHere) await caller.hangsUp();
  for (const name of plan.agents) for (const party of [...desk.agent(name).phone.calls]) party.hangUp();
  await desk.advance(1_000);
  expect(desk.leftovers()).toEqual([]);
}

test('while the database is away requests are refused, and callers are heard when it is back', async () => {
  const desk = await startDesk(plan);
  desk.journal.goAway();
  await expect(desk.agent('Ana').becomes('paused', 'user1')).rejects.toMatchObject({ code: 'database.unavailable' });
  const party = desk.engine.trunk(desk.trunk('carrier')).callIn({ from: '+33140000000', did: '+331000201' });
  await desk.advance(5_000);
  expect(party.state).toBe('waiting');
  desk.journal.comeBack();
  await desk.advance(1_000);
  await desk.agent('Ana').answers();
  expect(desk.callerOn(party).hears).toBe('Ana');
});

test('while the engine is away calls are refused, desks work, and no agent misses what never rang', async () => {
  const desk = await startDesk({ ...plan, missesBeforePause: 1 });
  await desk.callIn('support');
  desk.engine.disconnect();
  await desk.advance(0);
  await expect(desk.agent('Ben').callsByRest('Eva')).rejects.toMatchObject({ code: 'voice.engine_down' });
  await desk.agent('Ben').becomes('paused', 'user1');
  await desk.advance(60_000);
  expect(desk.agent('Ana').view.state).toBe('available');
  desk.engine.reconnect();
  await desk.advance(0);
  expect(desk.agent('Ben').view.state).toBe('paused');
  expect(desk.leftovers()).not.toEqual([]);
});

test('a phone that was unplugged while the engine was away is not rung for ever', async () => {
  const desk = await startDesk(plan);
  desk.engine.disconnect();
  desk.agent('Ana').phone.reachable(false);
  await desk.advance(1_000);
  desk.engine.reconnect();
  await desk.advance(3_000);
  expect(desk.agent('Ana').view.phone).toBe('unreachable');
  expect(desk.agent('Ben').view.phone).toBe('free');
});

test('wrap-up that should have ended while the server was down ends at its start', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: [{ name: 'support', wrapUpMs: 10_000 }] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await caller.hangsUp();
  await desk.restarts({ afterMs: 60_000 });
  expect(desk.agent('Ana').view.phone).toBe('free');
});

test('numbers, agents and the turn of the round robin survive a restart', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: [{ name: 'support', strategy: 'round_robin' }] });
  const first = await desk.callIn('support');
  await first.hangsUp();
  await desk.agent('Ana').becomes('paused', 'user4');
  await desk.restarts();
  expect(desk.agent('Ana').view).toMatchObject({ state: 'paused', pause: 'user4' });
  await desk.agent('Ana').becomes('available');
  await desk.callIn('support');
  expect(desk.agent('Ben').isRung).toBe(true);
});
