// Calls through IVRs, from the ringing to the hang-up.
import { describe, expect, test } from 'vitest';
import type { IvrAction } from '../domain/ivr/definition.ts';
import type { IvrEvent } from '../domain/events.ts';
import { anIvr, ask, hangup, jump, play, set } from '../domain/ivr/testing/caller.ts';
import type { Caller } from './testing/caller.ts';
import { type Desk, startDesk } from './testing/desk.ts';

const pause = (length_s: number): IvrAction => ({ type: 'pause', length_s });
const transfer = (to: string): IvrAction => ({ type: 'transfer', to });
const toQueue = (queue_id: number, more: object = {}): IvrAction => ({
  ...{ type: 'queue', queue_id, priority: null, vip_rate: null },
  ...more,
});
const xml = (actions: string) => `<Response>${actions}</Response>`;
const sounds = { 'hello.wav': 3_000, 'menu.wav': 4_000 };

const ivrEventsOf = (desk: Desk, caller: Caller): IvrEvent[] =>
  desk.eventsOf(caller.call).filter((event): event is IvrEvent => event.type.startsWith('ivr.'));
const typesOf = (desk: Desk, caller: Caller): string[] => ivrEventsOf(desk, caller).map(({ type }) => type.slice(4));
const leftOf = (desk: Desk, caller: Caller) => ivrEventsOf(desk, caller).find((event) => event.type === 'ivr.left');

async function press(desk: Desk, caller: Caller, digits: string): Promise<void> {
  caller.party.press(digits);
  await desk.advance(200 * digits.length);
}

describe('a caller in an IVR', () => {
  const menu = anIvr({
    main: { start: [play('hello.wav'), play('menu.wav')], 1: [toQueue(1)], 2: [transfer('102')], timeout: [hangup] },
  });
  const plan = { agents: ['Ana', 'Ben'], queues: [{ name: 'support', agents: ['Ana'] }], ivrs: { Menu: menu }, sounds };

  test('is answered, hears the sounds one after the other, and presses his way into a queue', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Menu');
    expect(caller.party.state).toBe('talking');
    expect(caller.hears).toBe('hello.wav');
    await desk.advance(3_000);
    expect(caller.hears).toBe('menu.wav');
    await desk.advance(4_000);
    expect(caller.hears).toBe('nothing');
    await press(desk, caller, '1');
    expect([caller.queue, caller.hears]).toEqual(['support', 'music']);
    await desk.agent('Ana').answers();
    expect([caller.hears, desk.agent('Ana').hears]).toEqual(['Ana', '+33140000000']);
    await caller.hangsUp();
    expect(caller.outcome).toBe('answered');
    expect(desk.leftovers()).toEqual([]);
  });

  test('cuts the prompt short by pressing', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Menu');
    await desk.advance(500);
    await press(desk, caller, '2');
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('Ben');
    expect(leftOf(desk, caller)).toMatchObject({ cause: 'transferred', to: '102' });
  });

  test('is hung up by the IVR: that call was answered', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Menu');
    await desk.advance(7_000 + 5_000);
    expect(caller.isHere).toBe(false);
    expect([caller.outcome, caller.closes]).toEqual(['answered', [['caller', 'DIALOG_LEFT']]]);
  });

  test('hangs up himself: that call is abandoned', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Menu');
    await caller.hangsUp();
    expect([caller.outcome, caller.closes]).toEqual(['abandoned', [['caller', 'HANGUP']]]);
    expect(leftOf(desk, caller)).toMatchObject({ cause: 'caller_gone' });
    expect(desk.leftovers()).toEqual([]);
  });

  test('is hung up with all others when the server goes down', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Menu');
    const drained = desk.centre.drain(1_000);
    await desk.advance(4_000);
    await drained;
    expect(leftOf(desk, caller)).toMatchObject({ cause: 'call_ended' });
    expect(desk.leftovers()).toEqual([]);
  });

  test('is hung up when the longest time of a call is over', async () => {
    const round = anIvr({ main: { start: [pause(60), jump('main')] } });
    const desk = await startDesk({ ivrs: { Round: round }, maxCallMs: 600_000 });
    const caller = await desk.callIn('Round');
    await desk.advance(599_000);
    expect(caller.isHere).toBe(true);
    await desk.advance(1_000);
    expect([caller.isHere, leftOf(desk, caller)?.type]).toEqual([false, 'ivr.left']);
  });

  test('hears a sound that is gone from the space as nothing, and the IVR goes on', async () => {
    const desk = await startDesk({ ivrs: { Menu: anIvr({ main: { start: [play('gone.wav'), hangup] } }) } });
    const caller = await desk.callIn('Menu');
    expect(caller.outcome).toBe('answered');
    expect(typesOf(desk, caller)).toContain('warned');
  });

  test('calls from inside, and by a transfer', async () => {
    const desk = await startDesk(plan);
    desk.agent('Ben').phone.dial('000*401');
    await desk.advance(0);
    const [entered] = desk.events('ivr.entered');
    expect(entered?.caller).toMatchObject({
      ...{ callerExtension: { number: '000*102', id: 102 }, did: null, dialled: '000*401', spaceNumber: '3584705175' },
      extension: { number: '000*401', id: 401 },
    });
    expect(entered?.callerId).toEqual({ number: '000*102', name: 'Ben' });

    const caller = await desk.callIn('support');
    await desk.agent('Ana').answers();
    await desk.agent('Ana').transfers('401', 'blind');
    expect(caller.hears).toBe('hello.wav');
    expect(desk.events('ivr.entered')[1]).toMatchObject({
      caller: { legId: caller.leg, firstLegId: caller.leg, callerExtension: null, did: '+331000201' },
      callerId: { number: '+33140000000', name: null },
    });
    await press(desk, caller, '1');
    expect(caller.hears, 'Ana is free again').toBe('music');
  });

  test('keeps the version that he began with, over a restart of the server as well', async () => {
    const desk = await startDesk({ ...plan, sounds: { ...sounds, 'new.wav': 1_000 } });
    const caller = await desk.callIn('Menu');
    await desk.publishes('Menu', anIvr({ main: { start: [play('new.wav'), hangup] } }));
    const later = await desk.callIn('Menu');
    expect([caller.hears, later.hears]).toEqual(['hello.wav', 'new.wav']);
    await desk.restarts();
    await desk.advance(7_000);
    await press(desk, caller, '1');
    expect(caller.queue).toBe('support');
    await desk.publishes('Menu', menu);
    expect([...desk.directory.ivrVersions.keys()], 'what nobody runs any more is not kept').toEqual(['1/3']);
  });

  test('is hung up when his IVR was deleted meanwhile and the server restarted', async () => {
    const desk = await startDesk(plan);
    const caller = await desk.callIn('Menu');
    await desk.changes((directory) => ({ ...directory, ivrs: new Map(), ivrVersions: new Map() }));
    await desk.advance(20_000);
    expect(caller.isHere).toBe(false);
    expect(desk.leftovers()).toEqual([]);
  });

  test('reaches nobody at an IVR of which nothing is published', async () => {
    const desk = await startDesk(plan);
    await desk.changes((directory) => ({ ...directory, ivrs: new Map() }));
    const caller = await desk.callIn('401');
    expect([caller.isHere, caller.outcome]).toEqual([false, 'failed']);
  });
});

describe('a loop without a wait', () => {
  test('over two IVRs is stopped and named', async () => {
    const desk = await startDesk({
      ivrs: { A: anIvr({ main: { start: [transfer('402')] } }), B: anIvr({ main: { start: [transfer('401')] } }) },
    });
    const caller = await desk.callIn('A');
    expect(caller.outcome).toBe('failed');
    expect(ivrEventsOf(desk, caller).at(-1)).toMatchObject({ type: 'ivr.warned', code: 'loop' });
    expect(desk.leftovers()).toEqual([]);
  });

  test('over an IVR and a forward is stopped', async () => {
    const desk = await startDesk({
      agents: [{ name: 'Ana', forward: { always: '401' } }],
      ivrs: { A: anIvr({ main: { start: [transfer('101')] } }) },
    });
    const caller = await desk.callIn('A');
    expect(caller.isHere).toBe(false);
    expect(desk.leftovers()).toEqual([]);
  });
});

describe('from one IVR to another', () => {
  test('variables go along, and the fifty rounds are of the call', async () => {
    const asks = anIvr({ main: { start: [ask(), jump('main')] } });
    const first = anIvr({ main: { start: [set('a', '1'), ...Array<IvrAction>(30).fill(ask()), transfer('402')] } });
    const desk = await startDesk({ ivrs: { First: first, Second: asks }, customer: () => ({ afterMs: 10 }) });
    const caller = await desk.callIn('First');
    await desk.advance(1_000);
    expect(desk.asked.length).toBe(50);
    expect(desk.events('ivr.entered')[1]).toMatchObject({ variables: { a: '1' }, earlier: { count: 1, rounds: 30 } });
    expect(caller.outcome).toBe('failed');
  });
});

describe('queue', () => {
  const plan = { agents: ['Ana'], queues: ['support'], vips: [{ number: '33140000001', vipRate: 5, priority: 300 }] };
  test('priority and VIP rate come from variables', async () => {
    const start = [set('p', '700'), set('v', '9'), toQueue(1, { priority: '$p', vip_rate: '$v' })];
    const desk = await startDesk({ ...plan, agents: [], ivrs: { Menu: anIvr({ main: { start } }) } });
    await desk.callIn('Menu', { from: '+33140000001' });
    expect(desk.events('call.queued')).toMatchObject([{ priority: 700, vipRate: 9 }]);
  });
  test('else from the caller’s number, as without an IVR', async () => {
    const start = [toQueue(1, { vip_rate: '$unset' })];
    const desk = await startDesk({ ...plan, agents: [], ivrs: { Menu: anIvr({ main: { start } }) } });
    await desk.callIn('Menu', { from: '+33140000001' });
    await desk.callIn('Menu', { from: '+33140000002' });
    const urgencies = desk.events('call.queued').map(({ priority, vipRate }) => [priority, vipRate]);
    expect(urgencies).toEqual([
      [300, 5],
      [100, 0],
    ]);
  });
  test('a call that overflows into an IVR hears it instead of the music', async () => {
    const desk = await startDesk({
      agents: [],
      queues: [{ name: 'support', maxWaitMs: 30_000, overflowExtension: '401' }],
      ivrs: { Sorry: anIvr({ main: { start: [play('hello.wav'), hangup] } }) },
      sounds,
    });
    const caller = await desk.callIn('support');
    await desk.advance(30_000);
    expect(caller.hears).toBe('hello.wav');
    await desk.advance(3_000);
    expect(caller.isHere).toBe(false);
  });
});

describe('transfer', () => {
  const ivrs = { Menu: anIvr({ main: { start: [transfer('101'), hangup] } }) };
  test('obeys the target’s forwards', async () => {
    const desk = await startDesk({ agents: [{ name: 'Ana', forward: { always: '102' } }, 'Ben'], ivrs });
    const caller = await desk.callIn('Menu');
    expect(caller.hears).toBe('ringing');
    await desk.agent('Ben').answers();
    expect(caller.hears).toBe('Ben');
  });
  test('and his do not disturb: the call ends', async () => {
    const desk = await startDesk({ agents: [{ name: 'Ana', doNotDisturb: true }], ivrs });
    expect((await desk.callIn('Menu')).outcome).toBe('busy');
  });
  test('goes out by the trunk', async () => {
    const out = { Menu: anIvr({ main: { start: [transfer('0155550001')] } }) };
    const desk = await startDesk({ ivrs: out });
    const caller = await desk.callIn('Menu');
    await desk.advance(2_000);
    expect(caller.hears).toBe('0155550001');
    await caller.hangsUp();
    expect(desk.leftovers()).toEqual([]);
  });
  test('to a number that may not be called: a warning, and the IVR goes on', async () => {
    const out = { Menu: anIvr({ main: { start: [transfer('0044207946000'), hangup] } }) };
    const desk = await startDesk({ ivrs: out, outbound: 'carrier' });
    const caller = await desk.callIn('Menu');
    expect([caller.outcome, typesOf(desk, caller)]).toMatchObject(['answered', expect.arrayContaining(['warned'])]);
  });
});

describe('the customer’s URL', () => {
  const ivr = (...after: IvrAction[]) => anIvr({ main: { start: [ask('https://crm.example/?v=$v'), ...after] } });

  test('is asked once the asking is in the journal, and its answer is carried out', async () => {
    const customer = () => ({ xml: xml('<SetVar name="v">1</SetVar><PlaySound>hello.wav</PlaySound>'), afterMs: 700 });
    const desk = await startDesk({ ivrs: { Menu: ivr(hangup) }, sounds, customer });
    const caller = await desk.callIn('Menu');
    expect(desk.asked).toMatchObject([{ call: caller.call, method: 'GET', body: null, timeoutMs: 5_000 }]);
    expect(desk.asked[0]?.url).toContain(`CallID=${caller.leg.replaceAll('-', '')}&CallAPIID=3584705175%3A`);
    expect(desk.asked[0]?.url).toContain('CalledDID=%2B331000401&CalledExtension=000%2A401&CalledExtensionID=401');
    expect(caller.hears).toBe('nothing');
    await desk.advance(700);
    expect(caller.hears).toBe('hello.wav');
    expect(desk.events('ivr.answered')).toMatchObject([{ status: 200, ms: 700, error: null }]);
  });

  test('that does not answer keeps the caller no longer than its limit', async () => {
    const desk = await startDesk({ ivrs: { Menu: ivr(hangup) }, customer: () => ({ afterMs: 3_600_000 }) });
    const caller = await desk.callIn('Menu');
    await desk.advance(6_000);
    expect(caller.isHere).toBe(false);
    expect(desk.events('ivr.answered')).toMatchObject([{ status: null, error: { code: 'timeout' } }]);
  });

  test('is given up when the caller hangs up; its answer changes nothing', async () => {
    const desk = await startDesk({ ivrs: { Menu: ivr(hangup) }, customer: () => ({ afterMs: 2_000 }) });
    const caller = await desk.callIn('Menu');
    await caller.hangsUp();
    await desk.advance(10_000);
    expect(desk.events('ivr.answered')).toEqual([]);
    expect(desk.leftovers()).toEqual([]);
  });

  test('is not asked again after a restart: the question counts as failed, and the IVR goes on', async () => {
    const ivrs = { Menu: ivr(play('hello.wav'), hangup) };
    const desk = await startDesk({ ivrs, sounds, customer: () => ({ afterMs: 3_000, xml: xml('<Hangup/>') }) });
    const caller = await desk.callIn('Menu');
    await desk.advance(1_000);
    await desk.restarts();
    expect(desk.asked).toHaveLength(1);
    expect(desk.events('ivr.answered')).toMatchObject([{ status: null, error: { code: 'interrupted' } }]);
    expect(caller.hears).toBe('hello.wav');
    await desk.advance(3_000);
    expect(caller.isHere).toBe(false);
  });

  test('that answers while the engine is away is heard when that is back', async () => {
    const ivrs = { Menu: ivr(hangup) };
    const customer = () => ({ afterMs: 500, xml: xml('<SimpleTransfer>101</SimpleTransfer>') });
    const desk = await startDesk({ agents: ['Ana'], ivrs, customer });
    const caller = await desk.callIn('Menu');
    desk.engine.disconnect();
    await desk.advance(1_000);
    desk.engine.reconnect();
    await desk.advance(0);
    await desk.agent('Ana').answers();
    expect(caller.hears).toBe('Ana');
  });

  test('is given up when its space is deleted', async () => {
    const desk = await startDesk({ ivrs: { Menu: ivr(hangup) }, customer: () => ({ afterMs: 2_000 }) });
    const caller = await desk.callIn('Menu');
    await desk.removesSpace();
    await desk.advance(10_000);
    expect(caller.isHere).toBe(false);
    expect(desk.faults()).toEqual([]);
  });

  test('is waited for when only the connection to the engine was lost meanwhile', async () => {
    const desk = await startDesk({
      ivrs: { Menu: ivr(play('hello.wav')) },
      sounds,
      customer: () => ({ afterMs: 3_000, xml: xml('<PlaySound>menu.wav</PlaySound>') }),
    });
    const caller = await desk.callIn('Menu');
    desk.engine.disconnect();
    await desk.advance(500);
    desk.engine.reconnect();
    await desk.advance(2_500);
    expect(caller.hears).toBe('menu.wav');
  });
});

describe('SetCaller', () => {
  const own = '+33100000077';
  const asking = (number: string, then: string) => xml(`<SetCaller name="Acme" number="${number}"/>${then}`);
  const ivrs = { Menu: anIvr({ main: { start: [ask(), toQueue(1)] } }) };

  test.each([
    ['a number of the space', own, own],
    ['one that is not', '92992', '+331000401'],
  ])('by a trunk: %s', async (_what, number, shown) => {
    const customer = () => asking(number, '<SimpleTransfer>0155550001</SimpleTransfer>');
    const desk = await startDesk({ ivrs, customer, presentationNumbers: [own] });
    await desk.callIn('Menu');
    expect(desk.outside()[0]?.callerId).toEqual({ number: shown, name: 'Acme' });
  });

  test('inside it is shown as it is, also out of a queue', async () => {
    const desk = await startDesk({ agents: ['Ana'], queues: ['support'], ivrs, customer: () => asking('92992', '') });
    await desk.callIn('Menu');
    expect(desk.agent('Ana').phone.calls[0]?.callerId).toEqual({ number: '92992', name: 'Acme' });
    expect(desk.events('call.queued')).toMatchObject([{ callerNumber: '92992' }]);
    await desk.agent('Ana').answers();
    expect(desk.events('agent.connected')).toMatchObject([{ peerNumber: '92992' }]);
  });
});
