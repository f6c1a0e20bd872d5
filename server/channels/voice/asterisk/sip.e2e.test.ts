// Real SIP against a real Asterisk: what sandbox numbers cannot show (engine.contract.ts holds the rest).
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { asId, asKey, type ExtensionId, type LegId, type SpaceId, type TrunkId } from '../../../domain/ids.ts';
import { isAppError } from '../../../errors.ts';
import { silentLog } from '../../../platform/log.ts';
import { aTestAsterisk, type TestAsterisk } from '../../../platform/asterisk/testing.ts';
import type { CallerId, Destination, PhoneSetup, TrunkSetup, VoiceFact, VoiceSetup } from '../engine.ts';
import { asteriskDialplan } from './dialplan.ts';
import { AsteriskEngine } from './engine.ts';
import { header } from './testing/sip-message.ts';
import { type SipCall, SipPeer, until } from './testing/sip-peer.ts';

const space = asId<SpaceId>(7);
const ana = { username: 'ana-7', password: 'p4ss' };
const carrierTrunk = asId<TrunkId>(5);
const otherTrunk = asId<TrunkId>(6);
const anasPhone = asId<ExtensionId>(12);

let asterisk: TestAsterisk;
let engine: AsteriskEngine;
let carrier: SipPeer;
let phone: SipPeer;
let facts: VoiceFact[] = [];
let legs = 0;

beforeAll(async () => {
  asterisk = await aTestAsterisk({ dialplan: asteriskDialplan() });
  const serverPort = asterisk.config.sipPort;
  [carrier, phone] = await Promise.all([SipPeer.open({ serverPort }), SipPeer.open({ serverPort })]);
  engine = anEngine();
  engine.on((fact) => facts.push(fact));
  await engine.provision(wholeSetup());
  await engine.start();
  facts = [];
});

afterEach(async () => {
  for (const { leg } of await engine.legs()) {
    // Some end by themselves at this moment.
    await engine.send({ do: 'hangUp', leg, cause: 16 }).catch((error: unknown) => {
      if (!isAppError(error, 'voice.leg_gone')) throw error;
    });
  }
  await until(async () => (await engine.legs()).length === 0);
  facts = [];
});

afterAll(async () => {
  await engine.close();
  await carrier.close();
  await phone.close();
  await asterisk.close();
});

function aTrunk(id: TrunkId, dids: string[]): TrunkSetup {
  const address = { host: '127.0.0.1', port: carrier.port, matchAddresses: ['127.0.0.1'] };
  return { id, space, type: 'sip', username: null, password: null, dids, ...address };
}

function wholeSetup(): VoiceSetup {
  return { trunks: [aTrunk(carrierTrunk, ['100', '+331100']), aTrunk(otherTrunk, ['200'])], phones: [aPhone()] };
}

function aPhone(): PhoneSetup {
  return { extension: anasPhone, space, number: '12', displayName: 'Ana', sandbox: false, ...ana };
}

function fact<Type extends VoiceFact['type']>(
  type: Type,
  leg?: LegId,
  limitMs?: number,
): Promise<Extract<VoiceFact, { type: Type }>> {
  const is = (one: VoiceFact): one is Extract<VoiceFact, { type: Type }> =>
    one.type === type && (leg === undefined || ('leg' in one && one.leg === leg));
  return until(() => facts.find(is), limitMs);
}

async function originate(
  to: Destination,
  options: { autoAnswer?: boolean; ringForMs?: number; callerId?: CallerId } = {},
): Promise<LegId> {
  const leg = asKey<LegId>(`00000000-0000-4000-8000-${String(++legs).padStart(12, '0')}`);
  const callerId = { number: '+33140506070', name: 'Zoé' };
  await engine.send({ do: 'originate', leg, to, callerId, ringForMs: 10_000, autoAnswer: false, ...options });
  return leg;
}

const outside = (number: string): Destination => ({ kind: 'trunk', trunk: carrierTrunk, number });
const toAna: Destination = { kind: 'phone', extension: anasPhone };

/** Ana's phone is registered, and rung by us. */
async function ringAna(options: { autoAnswer?: boolean } = {}): Promise<{ leg: LegId; call: SipCall }> {
  expect(await phone.register(ana)).toBe(200);
  const leg = await originate(toAna, options);
  return { leg, call: await phone.called() };
}

async function callFromOutside(did: string, hz = 440): Promise<{ leg: LegId; call: SipCall }> {
  const call = await carrier.dial(did, { from: '+33612345678', name: 'Léa', hz });
  const { leg } = await fact('arrived');
  return { leg, call };
}

test('a phone becomes reachable when it registers, and unreachable when it leaves', async () => {
  expect(await phone.register({ ...ana, password: 'wrong' })).toBe(401);
  expect(await phone.register(ana)).toBe(200);
  await until(() => facts.find((one) => one.type === 'phoneReachable' && one.reachable));
  expect(await phone.register(ana, 0)).toBe(200);
  await until(() => facts.find((one) => one.type === 'phoneReachable' && !one.reachable));
  expect(facts).toMatchObject([
    { type: 'phoneReachable', space, extension: anasPhone, reachable: true },
    { type: 'phoneReachable', space, extension: anasPhone, reachable: false },
  ]);
});

test('a phone that is not registered cannot be reached: 20 at once', async () => {
  await phone.register(ana, 0);
  const leg = await originate(toAna);
  expect(await fact('hungUp', leg)).toMatchObject({ q850: 20, by: 'party' });
});

test('a call by a trunk: its number, early media, the answer and the end', async () => {
  const leg = await originate(outside('+33199000001'));
  const call = await carrier.called();
  expect(call.invite!.start).toContain('sip:+33199000001@');
  expect(header(call.invite!, 'From')).toContain('"Zoé" <sip:+33140506070@');
  call.respond('180 Ringing');
  await fact('ringing', leg);
  call.respondWithAudio('183 Session Progress');
  await fact('earlyMedia', leg);
  call.respondWithAudio('200 OK');
  await fact('answered', leg);
  await call.hangUp();
  expect(await fact('hungUp', leg)).toMatchObject({ q850: 16, by: 'party' });
  expect(facts.map(({ type }) => type)).toEqual(['ringing', 'earlyMedia', 'answered', 'hungUp']);
});

test.each([
  ['486 Busy Here', 17],
  ['603 Decline', 21],
  ['404 Not Found', 1],
  ['480 Temporarily Unavailable', 19],
  ['503 Service Unavailable', 34],
])('%s from the carrier is Q.850 %i', async (status, q850) => {
  const leg = await originate(outside('1234'));
  const call = await carrier.called();
  call.respond(status);
  expect(await fact('hungUp', leg)).toMatchObject({ q850, by: 'party' });
});

test('a line end in a name or number begins no header of its own', async () => {
  const callerId = { number: '+331405\n06070', name: 'Zo\r\nX-Injected: 1' };
  await originate(outside('+33199000001'), { callerId });
  const { invite } = await carrier.called();
  expect(header(invite!, 'From')).toContain('"Zo X-Injected: 1" <sip:+331405');
  expect(invite!.headers.flat().join()).not.toContain('\n');
});

test('at the ring limit the call is taken back', async () => {
  const leg = await originate(outside('1234'), { ringForMs: 400 });
  const call = await carrier.called();
  call.respond('180 Ringing');
  expect(await fact('hungUp', leg)).toMatchObject({ q850: 19, by: 'us' });
  await call.ended();
});

test('a phone is asked to pick up at once', async () => {
  const { call } = await ringAna({ autoAnswer: true });
  expect(header(call.invite!, 'Call-Info')).toContain('answer-after=0');
  expect(header(call.invite!, 'Alert-Info')).toContain('alert-autoanswer');
});

test('the DID decides among trunks with one address, with or without plus; who dialled no DID is refused', async () => {
  const first = await callFromOutside('200');
  expect(await fact('arrived', first.leg)).toMatchObject({
    space,
    via: { kind: 'trunk', trunk: otherTrunk, did: '200', sandbox: false },
    from: { number: '+33612345678', name: 'Léa' },
  });
  await engine.send({ do: 'hangUp', leg: first.leg, cause: 17 });
  expect(await first.call.outcome()).toBe(486);
  facts = [];
  const second = await callFromOutside('331100');
  expect(await fact('arrived', second.leg)).toMatchObject({ via: { trunk: carrierTrunk, did: '+331100' } });
  const nobody = await carrier.dial('999', { from: '+33612345678' });
  expect(await nobody.outcome()).toBe(404);
});

test('a caller who is refused is told why by the status', async () => {
  // RFC 3398 §8.2.6.1 has 503 for 41, and 403 for 21.
  for (const [cause, status] of [
    [1, 404],
    [17, 486],
    [19, 480],
    [20, 480],
    [21, 403],
    [34, 503],
    [41, 503],
  ] as const) {
    facts = [];
    const { leg, call } = await callFromOutside('100');
    await engine.send({ do: 'hangUp', leg, cause });
    expect([cause, await call.outcome()]).toEqual([cause, status]);
  }
});

test('a caller who gives up before the answer', async () => {
  const { leg, call } = await callFromOutside('100');
  await engine.send({ do: 'ring', leg });
  await until(() => call.provisional.includes(180));
  call.cancel();
  expect(await fact('hungUp', leg)).toMatchObject({ by: 'party' });
  expect(await call.outcome()).toBe(487);
});

test('an agent dials by his phone, with his own credentials only', async () => {
  await phone.register(ana);
  const stranger = await phone.dial('100', { from: ana.username });
  expect(await stranger.outcome()).toBe(401);
  const call = await phone.dial('0140506070', { from: ana.username, account: ana });
  const { leg } = await fact('arrived');
  expect(facts.filter(({ type }) => type === 'arrived')).toMatchObject([
    { via: { kind: 'phone', extension: anasPhone, dialled: '0140506070' }, from: { number: '12', name: 'Ana' } },
  ]);
  await engine.send({ do: 'answer', leg });
  expect(await call.outcome()).toBe(200);
  await engine.send({ do: 'hangUp', leg, cause: 16 });
  await call.ended();
  expect(await fact('hungUp', leg)).toMatchObject({ q850: 16, by: 'us' });
});

test('caller and agent hear each other, and music while one of them is on hold', async () => {
  const caller = await callFromOutside('100', 600);
  await engine.send({ do: 'answer', leg: caller.leg });
  expect(await caller.call.outcome()).toBe(200);
  await engine.send({ do: 'startMusic', leg: caller.leg });
  const agent = await ringAna();
  agent.call.respondWithAudio('200 OK');
  await fact('answered', agent.leg);
  await engine.send({ do: 'bridge', bridge: 'talk', legs: [caller.leg, agent.leg] });
  await until(() => agent.call.line.hears(600) && caller.call.line.hears(440));

  await engine.send({ do: 'hold', leg: caller.leg });
  await until(() => !agent.call.line.hears(600) && !caller.call.line.hears(440) && caller.call.line.hearsAnything());
  await engine.send({ do: 'unhold', leg: caller.leg });
  await until(() => agent.call.line.hears(600) && caller.call.line.hears(440));

  await agent.call.hold();
  await fact('held', agent.leg);
  await agent.call.unhold();
  await fact('unheld', agent.leg);
  await until(() => agent.call.line.hears(600) && caller.call.line.hears(440));
});

test('music goes on after an announcement, until the conversation begins', async () => {
  const { leg, call } = await callFromOutside('100');
  await engine.send({ do: 'answer', leg });
  await call.outcome();
  await engine.send({ do: 'startMusic', leg });
  await until(() => call.line.hearsAnything());
  await engine.send({ do: 'play', leg, playback: 'announcement', sound: 'hello-world' });
  await fact('played', leg);
  await sleep(700);
  expect(call.line.hearsAnything()).toBe(true);
  await engine.send({ do: 'bridge', bridge: 'quiet', legs: [leg] });
  await until(() => !call.line.hearsAnything());
});

test('digits come by RFC 4733 and by INFO, also while talking', async () => {
  const { caller } = await talk('digits');
  await sleep(200);
  await caller.call.line.press('5');
  await sleep(200);
  await caller.call.pressByInfo('#');
  await until(() => digitsOf(caller.leg).length === 2);
  expect(digitsOf(caller.leg)).toEqual(['5', '#']);
});

function digitsOf(leg: LegId): string[] {
  return facts.flatMap((one) => (one.type === 'digit' && one.leg === leg ? one.digit : []));
}

test('a phone that asks for a transfer is a fact; it hears of the success when we end its call', async () => {
  const { agent } = await talk('blind');
  expect(await agent.call.transferTo('4711')).toBe(202);
  expect(await fact('transferAsked', agent.leg)).toMatchObject({ to: '4711' });
  await sleep(300);
  expect(facts.map(({ type }) => type)).not.toContain('hungUp');
  await engine.send({ do: 'hangUp', leg: agent.leg, cause: 16 });
  await until(() => agent.call.transferNews().includes('SIP/2.0 200 OK'));
  await agent.call.ended();
  expect(facts.filter(({ type }) => type === 'transferAsked')).toHaveLength(1);
});

test('a phone whose transfer we decline hears of it and talks on, and may ask again', async () => {
  const { agent, caller } = await talk('declined');
  for (const to of ['4711', '4712']) {
    expect(await agent.call.transferTo(to)).toBe(202);
    await until(() => facts.some((one) => one.type === 'transferAsked' && one.leg === agent.leg && one.to === to));
    const told = agent.call.transferNews().length;
    await engine.send({ do: 'declineTransfer', leg: agent.leg });
    await until(() =>
      agent.call
        .transferNews()
        .slice(told)
        .some((news) => /^SIP\/2.0 [456]/.test(news)),
    );
  }
  await caller.call.line.press('5');
  await until(() => digitsOf(caller.leg).includes('5'));
});

test('a phone that wants to join its two calls is declined', async () => {
  const first = await talk('first');
  const second = await ringAna();
  second.call.respondWithAudio('200 OK');
  await fact('answered', second.leg);
  expect(await first.agent.call.transferToCall(second.call)).toBe(202);
  await until(() => first.agent.call.transferNews().some((news) => /^SIP\/2.0 [456]/.test(news)));
  expect(facts.map(({ type }) => type)).not.toContain('transferAsked');
});

/** A caller from outside (600 Hz) and Ana (440 Hz) talk. */
async function talk(bridge: string): Promise<Record<'caller' | 'agent', { leg: LegId; call: SipCall }>> {
  const caller = await callFromOutside('100', 600);
  await engine.send({ do: 'answer', leg: caller.leg });
  expect(await caller.call.outcome()).toBe(200);
  const agent = await ringAna();
  agent.call.respondWithAudio('200 OK');
  await fact('answered', agent.leg);
  await engine.send({ do: 'bridge', bridge, legs: [caller.leg, agent.leg] });
  return { caller, agent };
}

test('what is removed from the setup is not reachable any more, and comes back', async () => {
  await phone.register(ana);
  await engine.provision({ trunks: [aTrunk(carrierTrunk, ['100'])], phones: [] });
  // It is taken for the carrier, who has the same address and does not register.
  expect(await phone.register(ana)).toBe(404);
  const nobody = await carrier.dial('200', { from: '+33612345678' });
  expect(await nobody.outcome()).toBe(404);
  await engine.provision(wholeSetup());
  expect(await phone.register(ana)).toBe(200);
});

test('a phone with a new password is let in by that alone, and is reachable every time', async () => {
  for (const password of ['n3w', 'n3wer', 'n3west', ana.password]) {
    const account = { ...ana, password };
    await engine.provision({ ...wholeSetup(), phones: [{ ...aPhone(), password }] });
    if (password !== ana.password) expect(await phone.register(ana)).toBe(401);
    expect(await phone.register(account)).toBe(200);
    await until(() => facts.findLast((one) => one.type === 'phoneReachable')?.reachable);
    expect(await phone.register(account, 0)).toBe(200);
    await until(() => facts.findLast((one) => one.type === 'phoneReachable')?.reachable === false);
  }
});

test('an engine that comes after another keeps phones registered, and removes what nobody wants any more', async () => {
  await phone.register(ana);
  await reopenEngine(wholeSetup());
  await until(() => facts.find((one) => one.type === 'phoneReachable' && one.reachable));
  await reopenEngine({ trunks: [aTrunk(carrierTrunk, ['100'])], phones: [] });
  expect(await phone.register(ana)).toBe(404);
  await reopenEngine(wholeSetup());
  expect(await phone.register(ana)).toBe(200);
});

test('a call on hold outlives a restart of ours; meanwhile callers are refused with 503', async () => {
  const { caller, agent } = await talk('kept');
  await engine.send({ do: 'hold', leg: caller.leg });
  await engine.close();
  const refused = await carrier.dial('100', { from: '+33612345679' });
  expect(await refused.outcome()).toBe(503);

  await reopenEngine(wholeSetup());
  expect((await engine.legs()).toSorted((one, other) => (one.leg < other.leg ? -1 : 1))).toEqual(
    [caller.leg, agent.leg].toSorted().map((leg) => ({ leg, answered: true, bridge: 'kept' })),
  );
  await engine.send({ do: 'unhold', leg: caller.leg });
  await until(() => agent.call.line.hears(600) && caller.call.line.hears(440));
  await caller.call.hangUp();
  expect(await fact('hungUp', caller.leg)).toMatchObject({ q850: 16, by: 'party' });
});

test('who sends early media can be heard before he answers, also after a restart of ours, and talks on then', async () => {
  const caller = await callFromOutside('100', 600);
  await engine.send({ do: 'answer', leg: caller.leg });
  expect(await caller.call.outcome()).toBe(200);
  const leg = await originate(outside('+33199000001'));
  const call = await carrier.called();
  const bridge = { do: 'bridge' as const, bridge: 'early', legs: [caller.leg, leg] };
  await expect(engine.send(bridge)).rejects.toMatchObject({ code: 'voice.command_failed' });
  call.respondWithAudio('183 Session Progress');
  await fact('earlyMedia', leg);
  await engine.send(bridge);
  await until(() => caller.call.line.hears(440));

  await reopenEngine(wholeSetup());
  expect(await engine.legs()).toContainEqual({ leg, answered: false, bridge: 'early' });
  await engine.send(bridge);
  await sleep(600);
  expect(caller.call.line.hears(440)).toBe(true);
  call.respondWithAudio('200 OK');
  await fact('answered', leg);
  await engine.send(bridge);
  await until(() => call.line.hears(600) && caller.call.line.hears(440));
});

test('a trunk with a user name registers', async () => {
  const trunk = { ...aTrunk(carrierTrunk, ['100']), username: 'acme', password: 'pw' };
  await engine.provision({ ...wholeSetup(), trunks: [trunk] });
  // Asterisk spreads first registrations over 10 s.
  const [registration] = await until(() => carrier.registrations.length > 0 && carrier.registrations, 15_000);
  expect(header(registration!, 'To')).toContain('sip:acme@127.0.0.1');
  await engine.provision(wholeSetup());
});

function anEngine(): AsteriskEngine {
  const folder = join(asterisk.home, 'sounds');
  return new AsteriskEngine({
    ...{ ari: () => asterisk.asterisk.ari, log: silentLog, mediaAddress: '127.0.0.1' },
    sounds: { folder, asteriskSees: folder },
  });
}

async function reopenEngine(setup: VoiceSetup): Promise<void> {
  await engine.close();
  facts = [];
  engine = anEngine();
  engine.on((one) => facts.push(one));
  await engine.provision(setup);
  await engine.start();
}
