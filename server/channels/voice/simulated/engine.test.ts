import { expect, test } from 'vitest';
import { asKey, type LegId } from '../../../domain/ids.ts';
import type { VoiceFact } from '../engine.ts';
import { SimulatedEngine } from './engine.ts';
import { anaPhone, benPhone, carrier, carrierDid, type Desk, openDesk, sandbox, setup, space } from './testing.ts';

/** A caller, Ana and Ben talk in the bridge `talk`. */
async function threeTalk(desk: Desk): Promise<{ caller: LegId; ana: LegId; ben: LegId }> {
  const caller = desk.engine.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid }).leg;
  await desk.engine.send({ do: 'answer', leg: caller });
  desk.engine.phone(anaPhone).onRing('answer');
  desk.engine.phone(benPhone).onRing('answer');
  const [ana, ben] = [await desk.call(anaPhone), await desk.call(benPhone)];
  await desk.clock.advance(0);
  await desk.engine.send({ do: 'bridge', bridge: 'talk', legs: [caller, ana, ben] });
  return { caller, ana, ben };
}

test('facts come late and outside send, in order, with the time of what happened', async () => {
  const desk = await openDesk({ latencyMs: () => 10 });
  await desk.clock.advance(100);
  desk.facts.length = 0;
  desk.engine.phone(anaPhone).onRing('answer', { afterMs: 1_000 });
  let taken = false;
  const leg = asKey<LegId>('placed');
  const to = { kind: 'phone' as const, extension: anaPhone };
  const callerId = { number: '1', name: null };
  const sending = desk.engine.send({ do: 'originate', leg, to, callerId, ringForMs: 5_000, autoAnswer: false });
  void sending.then(() => (taken = true));
  await desk.clock.advance(9);
  expect(taken).toBe(false);
  await desk.clock.advance(20);
  expect(taken).toBe(true);
  expect(desk.facts).toEqual([]);
  await desk.clock.advance(1);
  expect(desk.facts).toEqual([{ type: 'ringing', at: 120, leg }]);
  await desk.clock.advance(1_000);
  expect(desk.facts.at(-1)).toEqual({ type: 'answered', at: 1_120, leg });
});

test('a phone is unreachable until it registers, and calls to it end at once', async () => {
  const desk = await openDesk();
  desk.engine.phone(anaPhone).reachable(false);
  const leg = await desk.call(anaPhone);
  await desk.clock.advance(0);
  expect(desk.facts.at(-1)).toMatchObject({ type: 'hungUp', leg, q850: 20, by: 'party' });
  expect(desk.facts.filter(({ type }) => type === 'phoneReachable')).toEqual([
    { type: 'phoneReachable', at: 0, space, extension: anaPhone, reachable: true },
    { type: 'phoneReachable', at: 0, space, extension: benPhone, reachable: true },
    { type: 'phoneReachable', at: 0, space, extension: anaPhone, reachable: false },
  ]);
});

test('a sandbox phone that gets a holder is unreachable until he registers', async () => {
  const desk = await openDesk();
  const [ana] = setup.phones;
  await desk.engine.provision({ trunks: [], phones: [{ ...ana!, sandbox: true }] });
  await desk.engine.provision({ trunks: [], phones: [ana!] });
  await desk.clock.advance(0);
  const told = desk.facts.filter((fact) => fact.type === 'phoneReachable' && fact.extension === anaPhone);
  expect(told.map((fact) => 'reachable' in fact && fact.reachable)).toEqual([true, false]);
});

test.each([
  ['answer', ['ringing', 'answered'], { at: 3_000 }],
  ['ignore', ['ringing', 'hungUp'], { q850: 19, by: 'us', at: 20_000 }],
  ['reject', ['ringing', 'hungUp'], { q850: 21, by: 'party', at: 3_000 }],
  ['busy', ['hungUp'], { q850: 17, by: 'party', at: 3_000 }],
  ['unreachable', ['hungUp'], { q850: 20, by: 'party', at: 0 }],
] as const)('phones and far parties that %s: %j', async (reaction, story, last) => {
  const desk = await openDesk();
  desk.engine.phone(anaPhone).onRing(reaction, { afterMs: 3_000 });
  desk.engine.trunk(carrier).onCall(() => reaction, { afterMs: 3_000 });
  const legs = [await desk.call(anaPhone), await desk.callOut(carrier, '+33155550002')];
  await desk.clock.advance(25_000);
  for (const leg of legs) {
    expect(desk.storyOf(leg)).toEqual(story);
    expect(desk.facts.findLast((fact) => 'leg' in fact && fact.leg === leg)).toMatchObject(last);
  }
});

test('a SIP trunk without a script leads nowhere; a sandbox trunk has its subscribers', async () => {
  const desk = await openDesk();
  const [nowhere, answering] = [
    await desk.callOut(carrier, '+33155550001'),
    await desk.callOut(sandbox, '+33155550001'),
  ];
  await desk.clock.advance(5_000);
  expect(desk.storyOf(nowhere)).toEqual(['hungUp']);
  expect(desk.storyOf(answering)).toEqual(['ringing', 'answered']);
});

test('a phone that is asked to pick up does so, unless it is set to refuse', async () => {
  const desk = await openDesk();
  desk.engine.phone(benPhone).onRing('reject');
  const [picks, refuses] = [
    await desk.call(anaPhone, { autoAnswer: true }),
    await desk.call(benPhone, { autoAnswer: true }),
  ];
  await desk.clock.advance(0);
  expect(desk.storyOf(picks)).toEqual(['answered']);
  expect(desk.storyOf(refuses)).toEqual(['ringing', 'hungUp']);
});

test('what a phone does by hand is told: dial, answer, press, hold, transfer, hang up', async () => {
  const desk = await openDesk();
  const ana = desk.engine.phone(anaPhone);
  const leg = ana.dial('102').leg;
  await desk.clock.advance(0);
  expect(desk.facts.at(-1)).toEqual({
    type: 'arrived',
    at: 0,
    space,
    leg,
    via: { kind: 'phone', extension: anaPhone, dialled: '102' },
    from: { number: '101', name: 'Ana' },
  });
  await desk.engine.send({ do: 'answer', leg });
  ana.press('12#');
  await desk.clock.advance(1_000);
  ana.hold();
  ana.hold();
  ana.unhold();
  ana.transfer('103');
  await desk.clock.advance(0);
  expect(desk.facts.at(-1)).toMatchObject({ type: 'transferAsked', to: '103' });
  ana.hangUp();
  await desk.clock.advance(0);
  expect(desk.storyOf(leg)).toEqual([
    'arrived',
    'answered',
    'digit',
    'digit',
    'digit',
    'held',
    'unheld',
    'transferAsked',
    'hungUp',
  ]);
  expect(ana.calls).toEqual([]);
  expect(() => ana.hangUp()).toThrow('no such call');

  const rung = await desk.call(anaPhone);
  await desk.clock.advance(500);
  ana.answer();
  await desk.clock.advance(0);
  expect(desk.storyOf(rung)).toEqual(['ringing', 'answered']);
});

test('a phone answers the call that rings, not the one that it makes itself', async () => {
  const desk = await openDesk();
  const ana = desk.engine.phone(anaPhone);
  const own = ana.dial('102');
  expect(() => ana.answer()).toThrow('no such call');
  expect(() => own.answer()).toThrow('only we can answer');
  const rung = await desk.call(anaPhone);
  await desk.clock.advance(0);
  ana.answer();
  await desk.clock.advance(0);
  expect(desk.storyOf(rung)).toEqual(['ringing', 'answered']);
  expect(own.state).toBe('waiting');
});

test('a far party sees what reached him: our answer, our digits, how it ended', async () => {
  const desk = await openDesk();
  const party = desk.engine.trunk(carrier).callIn({ from: '+33140000000', name: 'Cleo', did: carrierDid });
  expect(party.state).toBe('waiting');
  await desk.engine.send({ do: 'answer', leg: party.leg });
  expect(party.state).toBe('talking');
  await desk.engine.send({ do: 'sendDigits', leg: party.leg, digits: '42' });
  await desk.engine.send({ do: 'hangUp', leg: party.leg, cause: 16 });
  expect(party).toMatchObject({ state: 'ended', digitsHeard: '42', ended: { q850: 16, by: 'us' } });
  expect(desk.engine.trunk(carrier).calls).toEqual([]);
});

test('a caller hears nothing, then ringing, then music, then a sound, then the others', async () => {
  const desk = await openDesk();
  const { leg } = desk.engine.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid });
  expect(desk.engine.hears(leg)).toEqual({ what: 'nothing' });
  await desk.engine.send({ do: 'ring', leg });
  expect(desk.engine.hears(leg)).toEqual({ what: 'ringing' });
  await desk.engine.send({ do: 'answer', leg });
  expect(desk.engine.hears(leg)).toEqual({ what: 'nothing' });
  await desk.engine.send({ do: 'startMusic', leg });
  expect(desk.engine.hears(leg)).toEqual({ what: 'music' });
  await desk.engine.send({ do: 'play', leg, playback: 'first', sound: 'welcome' });
  await desk.engine.send({ do: 'play', leg, playback: 'second', sound: 'tone:busy' });
  expect(desk.engine.hears(leg)).toEqual({ what: 'sound', playback: 'first', sound: 'welcome' });
  await desk.clock.advance(2_000);
  expect(desk.engine.hears(leg)).toEqual({ what: 'sound', playback: 'second', sound: 'tone:busy' });
  await desk.engine.send({ do: 'stopPlay', leg, playback: 'second' });
  expect(desk.engine.hears(leg)).toEqual({ what: 'music' });
  desk.engine.phone(anaPhone).onRing('answer');
  const ana = await desk.call(anaPhone);
  await desk.clock.advance(0);
  await desk.engine.send({ do: 'bridge', bridge: 'talk', legs: [leg, ana] });
  expect(desk.engine.hears(leg)).toEqual({ what: 'parties', legs: [ana] });
  await desk.engine.send({ do: 'unbridge', bridge: 'talk' });
  expect(desk.engine.hears(leg)).toEqual({ what: 'nothing' });
});

test('one on hold hears music and is not heard, and stays in the bridge', async () => {
  const desk = await openDesk();
  const { caller, ana, ben } = await threeTalk(desk);
  expect(desk.engine.hears(ben)).toEqual({ what: 'parties', legs: [caller, ana] });
  await desk.engine.send({ do: 'hold', leg: caller });
  expect(desk.engine.hears(caller)).toEqual({ what: 'music' });
  expect(desk.engine.hears(ben)).toEqual({ what: 'parties', legs: [ana] });
  await desk.engine.send({ do: 'bridge', bridge: 'talk', legs: [caller, ben] });
  expect(desk.engine.hears(caller)).toEqual({ what: 'music' });
  expect(desk.engine.hears(ben)).toEqual({ what: 'nothing' });
  await desk.engine.send({ do: 'unhold', leg: caller });
  expect(desk.engine.hears(ben)).toEqual({ what: 'parties', legs: [caller] });
});

test('a phone that holds hears nobody and nobody hears it', async () => {
  const desk = await openDesk();
  const { caller, ana, ben } = await threeTalk(desk);
  desk.engine.phone(anaPhone).hold();
  await desk.clock.advance(0);
  expect(desk.engine.hears(ana)).toEqual({ what: 'nothing' });
  expect(desk.engine.hears(ben)).toEqual({ what: 'parties', legs: [caller] });
});

test('a leg that rings can only be hung up; with early media it can be heard', async () => {
  const desk = await openDesk();
  desk.engine.trunk(carrier).onCall('ignore');
  const caller = desk.engine.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid }).leg;
  const leg = await desk.callOut(carrier, '+33155550001');
  await desk.clock.advance(0);
  const bridge = { do: 'bridge' as const, bridge: 'talk', legs: [caller, leg] };
  await expect(desk.engine.send(bridge)).rejects.toMatchObject({ code: 'voice.command_failed' });
  desk.engine.party(leg).earlyMedia();
  await desk.clock.advance(0);
  await desk.engine.send(bridge);
  expect(desk.engine.hears(caller)).toEqual({ what: 'parties', legs: [leg] });
  expect(desk.engine.hears(leg)).toEqual({ what: 'nothing' });
});

test('a lost connection loses facts, not calls; commands on their way are refused', async () => {
  const desk = await openDesk({ latencyMs: () => 10 });
  await desk.clock.advance(100);
  const party = desk.engine.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid });
  const leaving = desk.engine.trunk(carrier).callIn({ from: '+33140000001', did: carrierDid });
  const leftJustNow = desk.engine.trunk(carrier).callIn({ from: '+33140000003', did: carrierDid });
  await desk.clock.advance(90);
  leftJustNow.hangUp();
  await desk.clock.advance(10);
  const answering = desk.engine.send({ do: 'answer', leg: party.leg });
  desk.engine.disconnect();
  await expect(answering).rejects.toMatchObject({ code: 'voice.engine_down' });
  desk.facts.length = 0;
  leaving.hangUp();
  const unheard = desk.engine.trunk(carrier).callIn({ from: '+33140000002', did: carrierDid });
  await desk.clock.advance(100);
  expect(unheard.ended).toEqual({ q850: 34, by: 'engine' });
  desk.engine.reconnect();
  await desk.clock.advance(100);
  const told = desk.facts.filter(({ type }) => type !== 'phoneReachable');
  expect(told).toEqual([
    { type: 'down', at: 200 },
    { type: 'up', at: 300, legs: [{ leg: party.leg, answered: false, bridge: null }] },
  ]);
  party.hangUp();
  await desk.clock.advance(100);
  expect(desk.facts.at(-1)).toMatchObject({ type: 'hungUp', leg: party.leg, by: 'party' });
});

test('an exchange that dies ends all calls for their parties, and tells us only that it is down', async () => {
  const desk = await openDesk();
  const { caller, ana } = await threeTalk(desk);
  const party = desk.engine.party(caller);
  await desk.engine.send({ do: 'record', bridge: 'talk', recording: 'r' });
  const before = desk.facts.length;
  desk.engine.crash();
  expect(party.ended).toEqual({ q850: null, by: 'engine' });
  await desk.clock.advance(60_000);
  desk.engine.restart();
  await desk.clock.advance(60_000);
  expect(desk.facts.slice(before).map(({ type }) => type)).toEqual(['down', 'up', 'phoneReachable', 'phoneReachable']);
  await expect(desk.engine.send({ do: 'hold', leg: ana })).rejects.toMatchObject({ code: 'voice.leg_gone' });
});

test('an exchange may die while we are not connected to it', async () => {
  const desk = await openDesk();
  desk.engine.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid });
  desk.engine.disconnect();
  desk.engine.crash();
  desk.engine.restart();
  await desk.clock.advance(0);
  const lives: VoiceFact[] = desk.facts.filter(({ type }) => type === 'down' || type === 'up');
  expect(lives.map(({ type }) => type)).toEqual(['up', 'down', 'up']);
  expect(lives.at(-1)).toMatchObject({ legs: [] });
});

test('a second engine that takes over makes the first one deaf', async () => {
  const desk = await openDesk();
  const second = new SimulatedEngine({ clock: desk.clock, exchange: desk.engine.exchange });
  const facts: VoiceFact[] = [];
  second.on((fact) => facts.push(fact));
  await desk.clock.advance(0);
  const known = desk.facts.length;
  await second.start();
  second.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid });
  await desk.clock.advance(0);
  expect(facts.map(({ type }) => type)).toEqual(['up', 'phoneReachable', 'phoneReachable', 'arrived']);
  expect(desk.facts.slice(known).map(({ type }) => type)).toEqual(['down']);
  await expect(desk.engine.send({ do: 'unbridge', bridge: 'talk' })).rejects.toMatchObject({
    code: 'voice.engine_down',
  });
});
