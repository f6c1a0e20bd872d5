import { expect, test } from 'vitest';
import { startDesk } from './testing/desk.ts';

test('a DID that is routed on: the caller talks to the number outside, and the trunk shows the call', async () => {
  const desk = await startDesk({ routes: { 301: '0155550001' } });
  const caller = await desk.callIn('301');
  expect(caller.hears).toBe('ringing');
  await desk.advance(2_000);
  expect(caller.hears).toBe('0155550001');
  await caller.hangsUp();
  const types = desk.events().map(({ type }) => type);
  expect(types.filter((type) => type.startsWith('route.'))).toEqual([
    'route.entered',
    'route.dialled',
    'route.connected',
    'route.left',
  ]);
  expect(desk.leftovers()).toEqual([]);
});

test('what the numbers of the sandbox do is what the caller gets', async () => {
  const cases = [
    ['02', 'busy', 'BUSY', 17],
    ['03', 'no_answer', 'NO_ANSWER', 19],
    ['06', 'rejected', 'REJECTED', 21],
    ['09', 'failed', 'FAILED', 20],
  ] as const;
  for (const [ending, outcome, close, q850] of cases) {
    const desk = await startDesk({ routes: { 301: `01555500${ending}` } });
    const caller = await desk.callIn('301');
    await desk.advance(30_000);
    expect(caller.outcome).toBe(outcome);
    expect(caller.closes).toEqual([
      [`01555500${ending}`, close],
      ['caller', 'DIALOG_LEFT'],
    ]);
    expect(caller.party.ended).toMatchObject({ q850 });
  }
});

test('08 answers and hangs up 5 s later: he closes first', async () => {
  const desk = await startDesk({ routes: { 301: '0155550008' } });
  const caller = await desk.callIn('301');
  await desk.advance(7_000);
  expect(caller.outcome).toBe('answered');
  expect(caller.closes).toEqual([
    ['0155550008', 'HANGUP'],
    ['caller', 'DIALOG_LEFT'],
  ]);
});

test('07 presses 2, which the call notes', async () => {
  const desk = await startDesk({ routes: { 301: '0155550007' } });
  await desk.callIn('301');
  await desk.advance(3_000);
  expect(desk.events('leg.digit')).toMatchObject([{ digit: '2' }]);
});

test('while the trunk has no free channel a call waits for one, oldest first', async () => {
  const desk = await startDesk({ routes: { 301: '0155550001' }, maxCalls: 1 });
  const first = await desk.callIn('301');
  const second = await desk.callIn('301');
  const third = await desk.callIn('301');
  await desk.advance(2_000);
  expect(desk.outside()).toHaveLength(1);
  expect(second.hears).toBe('ringing');
  await first.hangsUp();
  await desk.advance(2_000);
  expect(second.hears).toBe('0155550001');
  expect(third.hears).toBe('ringing');
  await third.hangsUp();
  expect(third.outcome).toBe('canceled');
  expect(desk.events('route.left')).toMatchObject([{ leg: expect.any(String) }, { leg: null }]);
});

test('nobody waits longer than two minutes for a channel', async () => {
  const desk = await startDesk({ routes: { 301: '0155550001' }, maxCalls: 1 });
  await desk.callIn('301');
  const second = await desk.callIn('301');
  await desk.advance(120_000);
  expect(second.outcome).toBe('failed');
  expect(second.party.ended).toMatchObject({ q850: 34 });
});

test('a second number outside is asked amid a call by the same trunk: for the trunk it is one call, put through once', async () => {
  const desk = await startDesk({ agents: ['Ana'] });
  await desk.agent('Ana').dials('0155550001');
  await desk.advance(2_000);
  await desk.agent('Ana').transfers('0155550011', 'consultative');
  await desk.advance(2_000);
  await desk.agent('Ana').completes();
  expect(desk.events('route.connected').map(({ again }) => again ?? false)).toEqual([false, true]);
  const [first, second] = desk.events('route.entered');
  expect([first!.again, second!.again]).toEqual([undefined, true]);
});

test('put through on a trunk, left for good, and routed there once more: it is put through anew', async () => {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: ['support'] });
  await desk.callIn('support');
  await desk.agent('Ana').answers();
  for (const number of ['0155550001', '0155550011']) {
    await desk.agent('Ana').transfers(number, 'consultative');
    await desk.advance(2_000);
    await desk.agent('Ana').cancels();
  }
  expect(desk.events('route.connected').map(({ again }) => again ?? false)).toEqual([false, false]);
  expect(desk.events('route.left').map(({ stays }) => stays ?? false)).toEqual([false, false]);
});

test('a trunk that takes two dials a second gets them half a second apart', async () => {
  const desk = await startDesk({ routes: { 301: '0155550001' }, callsPerSecond: 2 });
  for (let call = 0; call < 4; call++) await desk.callIn('301');
  const dialledAfter: number[] = [];
  const begun = desk.clock.now();
  await desk.advance(3_000);
  for (const { at } of desk.events('route.dialled')) dialledAfter.push(at - begun);
  expect(dialledAfter).toEqual([0, 500, 1_000, 1_500]);
});

test('a real trunk is given the number with its country code, and only the own country may be called', async () => {
  const desk = await startDesk({ agents: ['Ana'], outbound: 'carrier' });
  desk.engine.trunk(desk.trunk('carrier')).onCall('answer');
  const call = await desk.agent('Ana').dials('01 40 00 00 00');
  expect(desk.outside('carrier').map((party) => party.dialled)).toEqual(['33140000000']);
  expect(call.hears).toBe('33140000000');
  await call.hangsUp();
  const abroad = await desk.agent('Ana').dials('0048221234567');
  expect(abroad.outcome).toBe('failed');
  expect(desk.outside('carrier')).toEqual([]);
});

test('a trunk that is deleted while a call waits for its channel: the call ends', async () => {
  const desk = await startDesk({ routes: { 301: '0155550001' }, maxCalls: 1 });
  await desk.callIn('301');
  const second = await desk.callIn('301');
  await desk.changes((directory) => ({
    ...directory,
    trunks: new Map([...directory.trunks].filter(([, { type }]) => type === 'sip')),
  }));
  await desk.advance(1_000);
  expect(second.outcome).toBe('failed');
});
