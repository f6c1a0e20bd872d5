// Several numbers ring at once for a caller in an IVR: its own simple_transfer, and a customer's SimpleTransfer.
import { describe, expect, test } from 'vitest';
import type { IvrAction } from '../domain/ivr/definition.ts';
import { anIvr, ask, hangup, play } from '../domain/ivr/testing/caller.ts';
import { startDesk } from './testing/desk.ts';

const pause = (length_s: number): IvrAction => ({ type: 'pause', length_s });
const rings = (numbers: string[], more: object = {}): IvrAction => ({
  ...{ type: 'simple_transfer', numbers, timeout_s: 20, final: true },
  ...more,
});
const xml = (actions: string) => `<Response>${actions}</Response>`;
const sounds = { 'hello.wav': 3_000, 'menu.wav': 4_000 };

describe('simple transfer', () => {
  const plan = {
    agents: ['Ana', { name: 'Ben', doNotDisturb: true, forward: { always: '101' } }, 'Eva'],
    queues: ['support'],
    ivrs: {
      Ring: anIvr({ main: { start: [rings(['101', '102'], { final: false }), play('hello.wav'), hangup] } }),
      Final: anIvr({ main: { start: [rings(['101', '000*101', '0155550003']), play('hello.wav')] } }),
    },
    sounds,
  };

  test('rings all at once, past their own settings; the first who answers has the caller, the others fall silent', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Ring');
    expect(caller.hears).toBe('ringing');
    expect([desk.agent('Ana').view.phone, desk.agent('Ben').view.phone]).toEqual(['ringing', 'ringing']);
    await desk.agent('Ben').answers();
    expect([caller.hears, desk.agent('Ana').view.phone]).toEqual(['Ben', 'free']);
    await desk.agent('Ben').hangsUp();
    expect([caller.isHere, caller.outcome]).toEqual([false, 'answered']);
    expect(desk.leftovers()).toEqual([]);
  });

  test('not final and nobody answers: the IVR goes on, and nobody rings', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Ring');
    await desk.advance(20_000);
    expect([caller.hears, desk.agent('Ana').view.phone]).toEqual(['hello.wav', 'free']);
    await desk.advance(3_000);
    expect(caller.outcome).toBe('answered');
    expect(desk.leftovers()).toEqual([]);
  });

  test('not final and all refuse: the IVR goes on at once', async () => {
    const desk = await startDesk(plan);
    desk.agent('Ana').reacts('busy');
    desk.agent('Ben').reacts('reject');
    const caller = await desk.callIn('Ring');
    await desk.advance(100);
    expect(caller.hears).toBe('hello.wav');
  });

  test('final and nobody answers: the call ends', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Final');
    expect(desk.events('phone.rung'), 'one number twice is one phone').toHaveLength(1);
    await desk.advance(20_000);
    expect([caller.isHere, caller.outcome]).toEqual([false, 'no_answer']);
    expect(desk.leftovers()).toEqual([]);
  });

  test('the caller gives up: everybody falls silent', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Final');
    await desk.advance(1_000);
    await caller.hangsUp();
    expect([desk.agent('Ana').view.phone, desk.outside()]).toEqual(['free', []]);
    expect(desk.leftovers()).toEqual([]);
  });

  test('numbers outside ring beside phones, as fast as the trunk lets them be dialled', async () => {
    const ivrs = { Out: anIvr({ main: { start: [rings(['0155550003', '0155550001', '101'])] } }) };
    const desk = await startDesk({ ...plan, ivrs, callsPerSecond: 1, maxCalls: 2 });
    const caller = await desk.callIn('Out');
    expect([desk.outside().length, desk.agent('Ana').view.phone]).toEqual([1, 'ringing']);
    await desk.advance(1_000);
    expect(desk.outside()).toHaveLength(2);
    await desk.advance(2_000);
    expect([caller.hears, desk.outside().length]).toEqual(['0155550001', 1]);
    expect(desk.events('route.entered').map(({ again }) => again ?? false)).toEqual([false, true]);
    expect(desk.events('route.left').map(({ stays }) => stays ?? false)).toEqual([true]);
    await caller.hangsUp();
    expect(desk.events('route.left').map(({ stays }) => stays ?? false)).toEqual([true, false]);
    expect(desk.leftovers()).toEqual([]);
  });

  test('a trunk without a free channel: what was not dialled in time counts as not answering', async () => {
    const ivrs = { Out: anIvr({ main: { start: [rings(['0155550003', '0155550001'])] } }) };
    const desk = await startDesk({ ivrs, maxCalls: 1 });
    const caller = await desk.callIn('Out');
    await desk.advance(20_000);
    expect(caller.outcome).toBe('no_answer');
    expect(desk.events('route.left')).toHaveLength(2);
    expect(desk.leftovers()).toEqual([]);
  });

  test('and is not dialled later either', async () => {
    const ivrs = {
      Out: anIvr({ main: { start: [rings(['0155550003', '0155550001'], { final: false }), pause(60)] } }),
    };
    const desk = await startDesk({ ivrs, maxCalls: 1 });
    const caller = await desk.callIn('Out');
    await desk.advance(30_000);
    expect([caller.isHere, desk.outside(), desk.events('route.dialled').length]).toEqual([true, [], 1]);
    expect(desk.events('route.left')).toHaveLength(2);
  });

  test('early media is heard only where it is asked for', async () => {
    const of = (early: string) =>
      xml(`<SimpleTransfer ${early} final="no" timeout="20">0155550003,101</SimpleTransfer>`);
    const ivrs = { Menu: anIvr({ main: { start: [ask(), hangup] } }) };
    for (const [early, hears] of [
      ['early_media="True"', '0155550003'],
      ['early_media="true"', 'ringing'],
    ] as const) {
      const desk = await startDesk({ ...plan, ivrs, customer: () => of(early) });
      const caller = await desk.callIn('Menu');
      const [outside] = desk.outside();
      outside?.earlyMedia();
      await desk.advance(0);
      expect(caller.hears).toBe(hears);
      outside?.hangUp(17);
      await desk.advance(0);
      expect(caller.hears).toBe('ringing');
      await desk.agent('Ana').answers();
      expect(caller.hears).toBe('Ana');
    }
  });

  test('the only one whose early media was heard refuses: the caller goes on alone, in no bridge', async () => {
    const transfer = xml('<SimpleTransfer early_media="True" final="no" timeout="20">0155550003</SimpleTransfer>');
    const ivrs = { Menu: anIvr({ main: { start: [ask(), play('hello.wav'), hangup] } }) };
    const desk = await startDesk({ ...plan, ivrs, customer: () => transfer });
    const caller = await desk.callIn('Menu');
    const [outside] = desk.outside();
    outside?.earlyMedia();
    await desk.advance(0);
    outside?.hangUp(17);
    await desk.advance(0);
    expect(caller.hears).toBe('hello.wav');
    expect(await desk.engine.legs()).toMatchObject([{ bridge: null }]);
    await desk.advance(3_000);
    expect(desk.leftovers()).toEqual([]);
  });

  test('a queue cannot ring beside phones: it counts as not answering', async () => {
    const ivrs = { Menu: anIvr({ main: { start: [rings(['201'], { final: false }), hangup] } }) };
    const desk = await startDesk({ ...plan, ivrs });
    const caller = await desk.callIn('Menu');
    expect([caller.outcome, desk.eventsOf(caller.call).map(({ type }) => type)]).toMatchObject([
      'answered',
      expect.arrayContaining(['ivr.warned']),
    ]);
  });
});
