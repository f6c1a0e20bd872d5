import { expect, test } from 'vitest';
import { startDesk } from './testing/desk.ts';

test('an agent dials outside: he hears it ring, then the other one; his number is shown', async () => {
  const desk = await startDesk({ agents: [{ name: 'Ana', outboundNumber: '+33100009999' }] });
  const call = await desk.agent('Ana').dials('0155550001');
  expect(call.hears).toBe('ringing');
  expect(desk.agent('Ana').view.phone).toBe('calling');
  expect(desk.outside()[0]!.callerId).toEqual({ number: '+33100009999', name: 'Ana' });
  await desk.advance(2_000);
  expect(call.hears).toBe('0155550001');
  expect(desk.agent('Ana').view.phone).toBe('connected');
  expect(desk.events('call.created')).toMatchObject([
    { direction: 'outbound', number: expect.toSatisfy((n) => n < 0) },
  ]);
  await desk.agent('Ana').hangsUp();
  expect(call.closes).toEqual([
    ['Ana', 'HANGUP'],
    ['0155550001', 'DIALOG_LEFT'],
  ]);
  expect(desk.leftovers()).toEqual([]);
});

test('an agent who gives up while it rings: his HANGUP, the other one was CANCELED', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const call = await desk.agent('Ana').dials('0155550003');
  await desk.agent('Ana').hangsUp();
  expect(call.closes).toEqual([
    ['Ana', 'HANGUP'],
    ['0155550003', 'CANCELED'],
  ]);
  expect(call.outcome).toBe('canceled');
});

test('a call asked for by REST: the own phone picks up by itself, then the number is dialled', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  const reply = await desk.agent('Ana').callsByRest('0155550001');
  expect(reply.call).toBe(desk.agent('Ana').view.call);
  expect(desk.agent('Ana').hears).toBe('ringing');
  await desk.advance(2_000);
  expect(desk.agent('Ana').hears).toBe('0155550001');
  expect(desk.events('call.created')).toMatchObject([{ origin: 'rest', direction: 'outbound' }]);
});

test('pushcall: the agent is asked, and is connected once he picks up', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  await desk.agent('Ana').callsByRest('0155550001', 'pushcall');
  expect(desk.agent('Ana').view.phone).toBe('ringing');
  expect(desk.outside()).toEqual([]);
  await desk.agent('Ana').answers();
  await desk.advance(2_000);
  expect(desk.agent('Ana').hears).toBe('0155550001');
  expect(desk.events('agent.call_pushed')).toMatchObject([{ to: '0155550001' }]);
});

test('an agent who does not pick up his own phone: nobody is dialled, and he has missed nothing', async () => {
  const desk = await startDesk({ agents: ['Ana'], missesBeforePause: 1, ringTimeoutMs: 10_000 });
  await desk.agent('Ana').callsByRest('0155550001', 'pushcall');
  const { call } = desk.agent('Ana');
  await desk.advance(10_000);
  expect(call.outcome).toBe('no_answer');
  expect(call.closes).toEqual([['Ana', 'NO_ANSWER']]);
  expect(desk.outside()).toEqual([]);
  expect(desk.agent('Ana').view).toMatchObject({ state: 'available', phone: 'free' });
});

test('the number is busy: it says why, the agent closes after it and is free again', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  await desk.agent('Ana').callsByRest('0155550002');
  expect(desk.events('leg.closed').map(({ cause }) => cause)).toEqual(['BUSY', 'DIALOG_LEFT']);
  expect(desk.events('call.ended')).toMatchObject([{ outcome: 'busy', talkMs: null }]);
  expect(desk.agent('Ana').view.phone).toBe('free');
});

test('what cannot be called is refused before anything rings', async () => {
  const abroad = await startDesk({ agents: ['Ana'], outbound: 'carrier' });
  await expect(abroad.agent('Ana').callsByRest('+48221234567')).rejects.toMatchObject({ code: 'call.not_allowed' });
  const closed = await startDesk({ agents: ['Ana'], outbound: 'none' });
  await expect(closed.agent('Ana').callsByRest('0155550001')).rejects.toMatchObject({ code: 'call.no_trunk' });
  await expect(closed.agent('Ana').callsByRest('hello')).rejects.toMatchObject({ code: 'call.unknown_target' });
  expect(closed.events('call.created')).toEqual([]);
});

test('an agent in a call is not given another by REST; one who has no phone gets none', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  await desk.agent('Ana').callsByRest('0155550001');
  await expect(desk.agent('Ana').callsByRest('0155550007')).rejects.toMatchObject({ code: 'agent.busy' });
  const { user } = desk.agent('Ana');
  await desk.changes((directory) => ({ ...directory, phoneOf: new Map() }));
  await expect(desk.asks({ ask: 'placeCall', user, to: '101', origin: 'rest' })).rejects.toMatchObject({
    code: 'agent.no_phone',
  });
});

test('an agent may place a call to a queue or a colleague', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: [{ name: 'support', agents: ['Ben'] }] });
  await desk.agent('Ana').callsByRest('support');
  expect(desk.agent('Ana').hears).toBe('music');
  await desk.agent('Ben').answers();
  expect(desk.agent('Ana').isTalkingTo(desk.agent('Ben'))).toBe(true);
});

test('in wrap-up an agent may place a call, which ends the wrap-up', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: [{ name: 'support', wrapUpMs: 60_000 }] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await caller.hangsUp();
  await desk.agent('Ana').callsByRest('0155550001');
  expect(desk.agent('Ana').view.phone).toBe('calling');
});
