import { expect, test } from 'vitest';
import { startDesk } from './testing/desk.ts';

test('a call lasts no longer than the space allows', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'], maxCallMs: 60_000 });
  const caller = await desk.callIn('support');
  await desk.advance(5_000);
  await desk.agent('Ana').answers();
  await desk.advance(59_999);
  expect(caller.hears).toBe('Ana');
  await desk.advance(1);
  expect(caller.isHere).toBe(false);
  expect(caller.outcome).toBe('answered');
  expect(desk.leftovers()).toEqual([]);
});

test('a party that is hung up by REST closes first, and as the one who hung up', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await desk.asks({ ask: 'hangUp', leg: caller.leg });
  expect(caller.closes).toEqual([
    ['caller', 'HANGUP'],
    ['Ana', 'DIALOG_LEFT'],
  ]);
});

test('a caller who is hung up by REST while he waits has left the queue, and nobody is rung for him any more', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.asks({ ask: 'hangUp', leg: caller.leg });
  expect(desk.agent('Ana').isRung).toBe(false);
  expect(desk.events('call.left_queue')).toMatchObject([{ reason: 'abandoned' }]);
  expect(desk.leftovers()).toEqual([]);
});

test('an offer that is hung up by REST counts as refused; the next agent is rung', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  await desk.callIn('support');
  await desk.agent('Ana').asksToHangUp();
  expect(desk.agent('Ben').isRung).toBe(true);
  expect(desk.events('call.offer_ended')).toMatchObject([{ outcome: 'rejected' }]);
  expect(desk.events('leg.closed')).toMatchObject([{ cause: 'REJECTED' }]);
});

test('what is asked of a leg that is being hung up is refused, and of one that is gone too', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  const { leg } = desk.agent('Ana');
  const hangingUp = desk.centre.request(desk.space, { ask: 'hangUp', leg });
  const holding = desk.centre.request(desk.space, { ask: 'hold', leg });
  const transferring = desk.centre.request(desk.space, { ask: 'transfer', leg, to: '102', kind: 'blind' });
  await expect(holding).rejects.toMatchObject({ code: 'call.not_talking' });
  await expect(transferring).rejects.toMatchObject({ code: 'call.not_talking' });
  await hangingUp;
  await desk.advance(0);
  await expect(desk.asks({ ask: 'hangUp', leg: caller.leg })).rejects.toMatchObject({ code: 'call.not_found' });
  expect(desk.leftovers()).toEqual([]);
});

test('both hang up at once: each has hung up, and nothing is left', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  caller.party.hangUp();
  desk.agent('Ana').phone.hangUp();
  await desk.advance(0);
  expect(caller.closes.map(([who]) => who)).toEqual(['caller', 'Ana']);
  expect(desk.leftovers()).toEqual([]);
});

test('an answer at the very end of the ring time: either it is in time, or the next agent is rung', async () => {
  for (const earlyMs of [-1, 0, 1]) {
    const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
    desk.agent('Ana').reacts('answer', 20_000 - earlyMs);
    const caller = await desk.callIn('support');
    await desk.advance(21_000);
    const inTime = caller.hears === 'Ana';
    expect(desk.agent('Ana').view.phone).toBe(inTime ? 'connected' : 'free');
    expect(desk.agent('Ben').isRung).toBe(!inTime);
    if (earlyMs !== 0) expect(inTime).toBe(earlyMs > 0);
  }
});

test('the server goes down: it takes no more, waits for the calls that are, and hangs up the rest', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  const first = await desk.callIn('support');
  await desk.agent('Ana').answers();
  const second = await desk.callIn('support');
  expect(desk.centre.isDraining).toBe(false);
  const drained = desk.centre.drain(5_000);
  expect(desk.centre.isDraining).toBe(true);
  await desk.advance(1_000);
  const late = desk.engine.trunk(desk.trunk('carrier')).callIn({ from: '+33140000001', did: '+331000201' });
  await desk.advance(0);
  expect(late.ended).toMatchObject({ q850: 38 });
  await expect(desk.agent('Ben').callsByRest('101')).rejects.toMatchObject({ code: 'server.draining' });
  expect(first.hears).toBe('Ana');
  await desk.advance(5_000);
  await drained;
  expect([first.outcome, second.outcome]).toEqual(['answered', 'failed']);
  expect(desk.leftovers()).toEqual([]);
});

test('a space that is deleted: its calls end', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  await desk.removesSpace();
  expect(caller.isHere).toBe(false);
  expect(desk.engine.exchange.legs()).toEqual([]);
});
