import { expect, test } from 'vitest';
import type { QueueSettings } from '../domain/directory.ts';
import { startDesk } from './testing/desk.ts';

async function talking(recording: QueueSettings['recording'] = 'off') {
  const desk = await startDesk({ agents: ['Ana', 'Ben'], queues: [{ name: 'support', recording }] });
  const caller = await desk.callIn('support');
  await desk.agent('Ana').answers();
  return { desk, caller, ana: desk.agent('Ana') };
}

test('on hold the caller hears music and is not heard; afterwards they talk again', async () => {
  const { desk, caller, ana } = await talking();
  await ana.holds();
  expect(caller.hears).toBe('music');
  expect(ana.hears).toBe('nothing');
  await ana.unholds();
  expect(caller.hears).toBe('Ana');
  expect(ana.hears).toBe('+33140000000');
  expect(desk.events('leg.held')).toHaveLength(1);
  expect(desk.events('leg.unheld')).toHaveLength(1);
});

test('to hold twice, or to end what does not hold, changes nothing', async () => {
  const { desk, ana } = await talking();
  await ana.unholds();
  await ana.holds();
  await ana.holds();
  expect(desk.events('leg.held')).toHaveLength(1);
  expect(desk.events('leg.unheld')).toHaveLength(0);
});

test('the phone itself may hold', async () => {
  const { desk, caller, ana } = await talking();
  ana.phone.hold();
  await desk.advance(0);
  expect(desk.events('leg.held')).toMatchObject([{ leg: ana.leg }]);
  expect(caller.hears).not.toBe('Ana');
  ana.phone.unhold();
  await desk.advance(0);
  expect(caller.hears).toBe('Ana');
  expect(desk.events('leg.unheld')).toHaveLength(1);
});

test('either party may hang up while on hold', async () => {
  for (const who of ['caller', 'Ana'] as const) {
    const { desk, caller, ana } = await talking();
    await ana.holds();
    if (who === 'caller') await caller.hangsUp();
    else await ana.hangsUp();
    expect(desk.leftovers()).toEqual([]);
  }
});

test('nobody is put on hold who does not talk', async () => {
  const desk = await startDesk({ agents: ['Ana'], queues: ['support'] });
  await desk.callIn('support');
  await expect(desk.agent('Ana').holds()).rejects.toMatchObject({ code: 'call.not_talking' });
});

test('always: recorded from the first word to the last', async () => {
  const { desk, caller } = await talking('always');
  expect(desk.events('call.connected')).toMatchObject([{ recorded: true }]);
  await desk.advance(8_000);
  await caller.hangsUp();
  const [started] = desk.events('recording.started');
  expect(desk.events('recording.stopped')).toMatchObject([{ recording: started!.recording, durationMs: 8_000 }]);
});

test('on demand: begun and ended when asked', async () => {
  const { desk, caller } = await talking('on_demand');
  expect(desk.events('recording.started')).toEqual([]);
  await desk.asks({ ask: 'record', call: caller.call, on: true });
  await desk.advance(5_000);
  await desk.asks({ ask: 'record', call: caller.call, on: false });
  expect(desk.events('recording.started')).toHaveLength(1);
  expect(desk.events('recording.stopped')).toHaveLength(1);
  await desk.asks({ ask: 'record', call: caller.call, on: true });
  await caller.hangsUp();
  expect(desk.events('recording.stopped')).toHaveLength(2);
  expect(new Set(desk.events('recording.started').map(({ recording }) => recording)).size).toBe(2);
});

test('on demand: his agent is shown as recorded while it runs, and only told when that changes', async () => {
  const { desk, caller } = await talking('on_demand');
  await desk.advance(3_000);
  for (const on of [true, true, false, false]) await desk.asks({ ask: 'record', call: caller.call, on });
  expect(desk.events('agent.connected').map(({ recorded }) => recorded)).toEqual([false, true, false]);
  expect(desk.agent('Ana').view.since, 'connected since the beginning').toBe(desk.events('agent.connected')[0]!.at);
});

test('a call that waits has nothing to record', async () => {
  const desk = await startDesk({ queues: ['support'] });
  const { call } = await desk.callIn('support');
  await expect(desk.asks({ ask: 'record', call, on: true })).rejects.toMatchObject({ code: 'call.not_talking' });
});
