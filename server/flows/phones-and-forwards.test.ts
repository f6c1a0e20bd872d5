import { expect, test } from 'vitest';
import { startDesk } from './testing/desk.ts';

test('a call to a phone rings there; caller and phone talk once it is answered', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const caller = await desk.callIn('Ana');
  expect(caller.hears).toBe('ringing');
  expect(desk.agent('Ana').view.phone).toBe('ringing');
  await desk.agent('Ana').answers();
  expect(caller.hears).toBe('Ana');
  await caller.hangsUp();
  expect(caller.closes).toEqual([
    ['caller', 'HANGUP'],
    ['Ana', 'DIALOG_LEFT'],
  ]);
  expect(desk.leftovers()).toEqual([]);
});

test('a phone rings however its agent is logged in: it is a phone', async () => {
  const desk = await startDesk({ agents: [{ name: 'Ana', begins: 'logged out' }] });
  await desk.callIn('Ana');
  expect(desk.agent('Ana').isRung).toBe(true);
});

test('the caller gives up while it rings', async () => {
  const desk = await startDesk({ agents: ['Ana'], missesBeforePause: 1 });
  const caller = await desk.callIn('Ana');
  await caller.hangsUp();
  expect(caller.outcome).toBe('canceled');
  expect(caller.closes).toEqual([
    ['caller', 'HANGUP'],
    ['Ana', 'CANCELED'],
  ]);
  expect(desk.agent('Ana').view).toMatchObject({ state: 'available', phone: 'free' });
});

test('a phone that nobody answers: the call ends after its ring time', async () => {
  const desk = await startDesk({ agents: ['Ana'], ringTimeoutMs: 30_000 });
  const caller = await desk.callIn('Ana');
  await desk.advance(30_000);
  expect(caller.outcome).toBe('no_answer');
  expect(caller.closes).toEqual([
    ['Ana', 'NO_ANSWER'],
    ['caller', 'DIALOG_LEFT'],
  ]);
  expect(caller.party.ended).toMatchObject({ q850: 19 });
});

test('a phone that is busy, refuses or cannot be reached says so to the caller', async () => {
  const cases = [
    ['busy', 'busy', 'BUSY', 17],
    ['reject', 'rejected', 'REJECTED', 21],
    ['unreachable', 'failed', 'FAILED', 20],
  ] as const;
  for (const [reaction, outcome, close, q850] of cases) {
    const desk = await startDesk({ agents: ['Ana'] });
    desk.agent('Ana').reacts(reaction);
    const caller = await desk.callIn('Ana');
    expect(caller.outcome).toBe(outcome);
    expect(caller.closes).toEqual([
      ['Ana', close],
      ['caller', 'DIALOG_LEFT'],
    ]);
    expect(caller.party.ended).toMatchObject({ q850 });
    expect(desk.leftovers()).toEqual([]);
  }
});

test('an agent in a call is busy to the next caller', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  await desk.callIn('Ana');
  await desk.agent('Ana').answers();
  const second = await desk.callIn('Ana');
  expect(second.outcome).toBe('busy');
  expect(desk.agent('Ana').phone.calls).toHaveLength(1);
});

test('forward always: the phone itself stays silent', async () => {
  const desk = await startDesk({ agents: [{ name: 'Ana', forward: { always: '102' } }, 'Ben'] });
  const caller = await desk.callIn('Ana');
  expect(desk.agent('Ana').isRung).toBe(false);
  await desk.agent('Ben').answers();
  expect(caller.hears).toBe('Ben');
});

test('forward when busy: in a call, with do not disturb, or when the phone refuses', async () => {
  for (const why of ['in a call', 'do not disturb', 'refuses'] as const) {
    const desk = await startDesk({
      agents: [{ name: 'Ana', forward: { busy: '102' }, doNotDisturb: why === 'do not disturb' }, 'Ben', 'Eva'],
    });
    if (why === 'in a call') {
      await desk.agent('Eva').dials('Ana');
      await desk.agent('Ana').answers();
    }
    const caller = await desk.callIn('Ana');
    if (why === 'refuses') await desk.agent('Ana').refuses();
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('Ben');
  }
});

test('forward on no answer: after the ring time, and when the phone cannot be reached', async () => {
  const desk = await startDesk({
    agents: [{ name: 'Ana', forward: { noAnswer: '102' } }, 'Ben'],
    ringTimeoutMs: 15_000,
  });
  const first = await desk.callIn('Ana');
  await desk.advance(15_000);
  expect(desk.agent('Ana').isRung).toBe(false);
  expect(first.hears).toBe('ringing');
  await desk.agent('Ben').answers();
  expect(first.hears).toBe('Ben');
  await first.hangsUp();
  desk.agent('Ana').reacts('unreachable');
  await desk.callIn('Ana');
  expect(desk.agent('Ben').isRung).toBe(true);
});

test('a forward leads to a queue with music, or outside by the trunk', async () => {
  const desk = await startDesk({
    agents: [
      { name: 'Ana', forward: { always: '201' } },
      { name: 'Ben', forward: { always: '0155550001' } },
    ],
    queues: [{ name: 'support', agents: [] }],
  });
  const waiting = await desk.callIn('Ana');
  expect(waiting.queue).toBe('support');
  expect(waiting.hears).toBe('music');
  const outside = await desk.callIn('Ben');
  await desk.advance(2_000);
  expect(outside.hears).toBe('0155550001');
});

test('a circle of forwards ends busy, not never', async () => {
  const desk = await startDesk({
    agents: [
      { name: 'Ana', forward: { busy: '102' }, doNotDisturb: true },
      { name: 'Ben', forward: { busy: '101' }, doNotDisturb: true },
    ],
  });
  const caller = await desk.callIn('Ana');
  expect(caller.outcome).toBe('busy');
  expect(desk.leftovers()).toEqual([]);
});

test('a ringing phone that is hung up by REST refuses; its busy forward takes over, not the one for no answer', async () => {
  const desk = await startDesk({ agents: [{ name: 'Ana', forward: { busy: '102', noAnswer: '103' } }, 'Ben', 'Eva'] });
  const caller = await desk.callIn('Ana');
  await desk.agent('Ana').asksToHangUp();
  expect(desk.agent('Ben').isRung).toBe(true);
  expect(desk.agent('Eva').isRung).toBe(false);
  await caller.hangsUp();
  expect(caller.closes[0]).toEqual(['Ana', 'REJECTED']);
});

test('a number that leads nowhere ends the call at once, also when a sandbox caller or an outside caller sends one to dial', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const own = await desk.agent('Ana').dials('999#');
  expect(own.outcome).toBe('failed');
  expect(own.party.ended).toMatchObject({ q850: 1 });
  const stranger = desk.engine.trunk(desk.trunk('carrier')).callIn({ from: '+33140000000', did: '0155550001' });
  await desk.advance(0);
  expect(stranger.ended).toMatchObject({ q850: 1 });
  expect(desk.outside()).toEqual([]);
});

test('colleagues call each other by extension, also with the code of the space', async () => {
  for (const dialled of ['102', '000*102']) {
    const desk = await startDesk({ agents: ['Ana', 'Ben'] });
    const call = await desk.agent('Ana').dials(dialled);
    expect(desk.agent('Ana').view.phone).toBe('calling');
    await desk.agent('Ben').answers();
    expect(call.hears).toBe('Ben');
    expect(desk.agent('Ana').view.phone).toBe('connected');
    expect(desk.events('call.created')).toMatchObject([{ direction: 'internal', origin: 'phone' }]);
    await desk.agent('Ben').hangsUp();
    expect(desk.leftovers()).toEqual([]);
  }
});

test('a phone with two lines: the agent is busy until both calls have ended', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben', 'Eva'], queues: [{ name: 'support', agents: ['Ana'] }] });
  await desk.agent('Ana').dials('Ben');
  await desk.agent('Ben').answers();
  await desk.agent('Ana').dials('Eva');
  await desk.agent('Eva').answers();
  await desk.callIn('support');
  await desk.agent('Ben').hangsUp();
  expect(desk.agent('Ana').view.phone).toBe('connected');
  expect(desk.agent('Ana').isRung).toBe(false);
  await desk.agent('Eva').hangsUp();
  expect(desk.agent('Ana').isRung).toBe(true);
});
