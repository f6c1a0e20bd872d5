// What every voice engine keeps: one suite, run on each of them (simulated/ and asterisk/engine.contract.test.ts).
// Parties are sandbox numbers, sandbox phones and sandbox callers only, which every engine has (spec/api.md):
//
//   number ends in   facts of a leg placed to it, ms after the originate
//   01, unnamed      ringing 0, answered 2000
//   02               hungUp 0: Q.850 17 by party; it never rings
//   03               ringing 0, hungUp at the ring limit: 19 by us
//   06               ringing 0, hungUp 1000: 21 by party
//   07               ringing 0, answered 2000, digit '2' 3000
//   08               ringing 0, answered 2000, hungUp 7000: 16 by party
//   09               hungUp 0: 20 by party (subscriber absent: as a phone that is not registered); it never rings
//   sandbox phone    as 01; with autoAnswer answered 0, with or without ringing
//   not provisioned  hungUp 0: 3 (no route) by engine
import { describe, expect, test } from 'vitest';
import { asId, asKey, type ExtensionId, type LegId, type TrunkId } from '../../domain/ids.ts';
import type { VoiceCommand, VoiceFact } from './engine.ts';
import {
  contractSetup,
  did,
  type Expected,
  type MakeHarness,
  phone,
  Recorder,
  sandboxPhone,
  sandboxTrunk,
  space,
  trunk,
} from './engine.harness.ts';

const caseLimitMs = 60_000;
const strangePhone = asId<ExtensionId>(99);
const strangeTrunk = asId<TrunkId>(99);

const subscribers: { number: string; does: string; ringForMs?: number; facts: Expected[] }[] = [
  {
    number: '+33155550001',
    does: 'answers after 2 s',
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'answered', afterMs: 2_000 },
    ],
  },
  {
    number: '+33155550055',
    does: 'answers after 2 s, as its number is not named',
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'answered', afterMs: 2_000 },
    ],
  },
  { number: '+33155550002', does: 'is busy', facts: [{ type: 'hungUp', afterMs: 0, q850: 17, by: 'party' }] },
  {
    number: '+33155550003',
    does: 'never answers: we give up at the ring limit',
    ringForMs: 3_000,
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'hungUp', afterMs: 3_000, q850: 19, by: 'us' },
    ],
  },
  {
    number: '+33155550001',
    does: 'would have answered after the ring limit',
    ringForMs: 1_000,
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'hungUp', afterMs: 1_000, q850: 19, by: 'us' },
    ],
  },
  {
    number: '+33155550006',
    does: 'rejects',
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'hungUp', afterMs: 1_000, q850: 21, by: 'party' },
    ],
  },
  {
    number: '+33155550007',
    does: 'answers and presses 2',
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'answered', afterMs: 2_000 },
      { type: 'digit', afterMs: 3_000, digit: '2' },
    ],
  },
  {
    number: '+33155550008',
    does: 'answers and hangs up after 5 s',
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'answered', afterMs: 2_000 },
      { type: 'hungUp', afterMs: 7_000, q850: 16, by: 'party' },
    ],
  },
  { number: '+33155550009', does: 'cannot be reached', facts: [{ type: 'hungUp', afterMs: 0, q850: 20, by: 'party' }] },
];

export function voiceEngineContract(name: string, makeHarness: MakeHarness): void {
  const given = (use: 'shared' | 'alone') => (title: string, body: (its: Recorder) => Promise<void>) =>
    test(title, { timeout: caseLimitMs }, async () => {
      const its = new Recorder(await makeHarness(use));
      try {
        await body(its);
      } finally {
        await its.harness.close();
      }
    });
  const alone = given('alone');
  const shared = (title: string, body: (its: Recorder) => Promise<void>) =>
    given('shared')(title, async (its) => {
      await body(its);
      await its.endAll();
    });

  describe.concurrent(`${name}: calls`, () => {
    arriving(shared);
    placing(shared);
    talking(shared);
    ending(shared);
  });
  describe(`${name}: the engine's own life`, () => living(alone));
}

type Case = (title: string, body: (its: Recorder) => Promise<void>) => void;

function arriving(shared: Case): void {
  shared(
    'a caller arrives with his number and what he dialled, and waits silently until he is answered',
    async (its) => {
      const leg = await its.ringIn();
      expect(its.of(leg)).toEqual([
        {
          type: 'arrived',
          at: expect.any(Number),
          space,
          leg,
          via: { kind: 'trunk', trunk, did, sandbox: true },
          from: { number: '+33140000000', name: 'Ana' },
        },
      ]);
      await its.engine.send({ do: 'ring', leg });
      await its.harness.wait(500);
      expect(its.of(leg)).toHaveLength(1);
      await its.engine.send({ do: 'answer', leg });
      await its.next(leg, 'answered');
      await its.engine.send({ do: 'hangUp', leg, cause: 16 });
      expect(await its.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'us' });
    },
  );

  shared('a caller who is turned away as busy is gone, unanswered', async (its) => {
    const leg = await its.ringIn();
    await its.engine.send({ do: 'hangUp', leg, cause: 17 });
    expect(await its.next(leg, 'hungUp')).toMatchObject({ q850: 17, by: 'us' });
    expect(its.of(leg).map(({ type }) => type)).toEqual(['arrived', 'hungUp']);
  });

  shared('a caller presses his digits after the answer and leaves at his time', async (its) => {
    const leg = await its.talkingCaller({
      digits: [
        { atMs: 500, digits: '1' },
        { atMs: 1_500, digits: '#9' },
      ],
      hangUpAfterMs: 4_000,
    });
    expect(await its.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'party' });
    const answered = its.of(leg).find(({ type }) => type === 'answered')!.at;
    const digits = its.of(leg).filter((fact) => fact.type === 'digit');
    expect(digits.map(({ digit }) => digit)).toEqual(['1', '#', '9']);
    const off = (index: number, ms: number) => Math.abs(digits[index]!.at - answered - ms);
    expect(off(0, 500)).toBeLessThanOrEqual(its.harness.toleranceMs);
    expect(off(1, 1_500)).toBeLessThanOrEqual(its.harness.toleranceMs);
    its.expectFacts(leg, [
      { type: 'arrived', afterMs: 0 },
      { type: 'answered', afterMs: 0 },
      { type: 'digit', afterMs: 500 },
      { type: 'digit', afterMs: 1_500 },
      { type: 'digit', afterMs: 1_700 },
      { type: 'hungUp', afterMs: 4_000 },
    ]);
  });

  shared('a caller whom nobody answers leaves at his time', async (its) => {
    const leg = await its.ringIn({ hangUpAfterMs: 1_500, digits: [{ atMs: 100, digits: '1' }] });
    await its.next(leg, 'hungUp');
    its.expectFacts(leg, [
      { type: 'arrived', afterMs: 0 },
      { type: 'hungUp', afterMs: 1_500, q850: 16, by: 'party' },
    ]);
  });

  shared('a caller may dial an extension', async (its) => {
    const leg = await its.ringIn({ to: { kind: 'extension', number: '200' } });
    expect(its.of(leg)[0]).toMatchObject({ via: { kind: 'sandbox', dialled: '200' } });
  });

  shared('nobody arrives by a DID or trunk that is not known', async (its) => {
    const leg = its.newLeg();
    const call = { leg, space, from: { number: '+33140000000', name: null }, digits: [], hangUpAfterMs: null };
    for (const to of [
      { kind: 'did' as const, trunk, did: '+33199999999' },
      { kind: 'did' as const, trunk: strangeTrunk, did },
    ]) {
      await expect(its.engine.ringIn({ ...call, to })).rejects.toMatchObject({ code: 'call.unknown_target' });
    }
    await its.harness.wait(500);
    expect(its.of(leg)).toEqual([]);
  });
}

function placing(shared: Case): void {
  for (const { number, does, ringForMs = 20_000, facts } of subscribers) {
    shared(`${number.slice(-2)} ${does}`, async (its) => {
      const leg = await its.originate(number, { ringForMs });
      await its.next(leg, facts.at(-1)!.type);
      await its.harness.wait(500);
      its.expectFacts(leg, facts);
    });
  }

  shared('a sandbox phone answers after 2 s', async (its) => {
    const leg = await its.originate({ kind: 'phone', extension: phone });
    await its.next(leg, 'answered');
    its.expectFacts(leg, [
      { type: 'ringing', afterMs: 0 },
      { type: 'answered', afterMs: 2_000 },
    ]);
  });

  shared('a sandbox phone that is asked to pick up does so at once', async (its) => {
    const leg = await its.originate({ kind: 'phone', extension: phone }, { autoAnswer: true });
    const answered = await its.next(leg, 'answered');
    expect(answered.at - its.begunAt(leg)).toBeLessThanOrEqual(its.harness.toleranceMs);
  });

  shared('a leg to a phone or trunk that is not provisioned ends at once', async (its) => {
    for (const to of [
      { kind: 'phone' as const, extension: strangePhone },
      { kind: 'trunk' as const, trunk: strangeTrunk, number: '+33155550001' },
    ]) {
      const leg = await its.originate(to);
      await its.next(leg, 'hungUp');
      its.expectFacts(leg, [{ type: 'hungUp', afterMs: 0, q850: 3, by: 'engine' }]);
    }
  });

  shared('we cancel a leg while it rings', async (its) => {
    const leg = await its.originate('+33155550001');
    await its.next(leg, 'ringing');
    await its.engine.send({ do: 'hangUp', leg, cause: 16 });
    expect(await its.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'us' });
    await its.harness.wait(2_500);
    expect(its.of(leg).map(({ type }) => type)).toEqual(['ringing', 'hungUp']);
  });

  shared('a leg that lives is not placed again', async (its) => {
    const leg = await its.talkingSubscriber('+33155550001');
    await expect(its.originate('+33155550002', { leg })).rejects.toMatchObject({ code: 'voice.command_failed' });
    await its.harness.wait(500);
    expect(its.of(leg).map(({ type }) => type)).toEqual(['ringing', 'answered']);
  });
}

function talking(shared: Case): void {
  shared('bridges hold exactly the named legs, through hold, moves and digits', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const other = `other-${its.newLeg()}`;
    const members = async (name: string) => (await its.harness.membersOf(name)).toSorted();
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550007')]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());
    expect(await its.next(ben, 'digit')).toMatchObject({ digit: '2' });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());

    await its.engine.send({ do: 'hold', leg: ana });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());
    const cleo = await its.talkingSubscriber('+33155550001');
    await its.engine.send({ do: 'bridge', bridge: other, legs: [ben, cleo] });
    expect(await members(bridge)).toEqual([ana]);
    expect(await members(other)).toEqual([ben, cleo].toSorted());

    await its.engine.send({ do: 'unhold', leg: ana });
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben, cleo] });
    expect(await members(bridge)).toEqual([ana, ben, cleo].toSorted());
    expect(await members(other)).toEqual([]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, cleo] });
    expect(await members(bridge)).toEqual([ana, cleo].toSorted());
    await its.engine.send({ do: 'unbridge', bridge });
    expect(await members(bridge)).toEqual([]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    expect(await members(bridge)).toEqual([ana, ben].toSorted());
    for (const leg of [ana, ben, cleo]) expect(its.of(leg).map(({ type }) => type)).not.toContain('hungUp');
  });

  shared('one who hangs up leaves the bridge, the other one stays', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550008')]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    expect(await its.next(ben, 'hungUp')).toMatchObject({ q850: 16, by: 'party' });
    await its.harness.wait(300);
    expect(await its.harness.membersOf(bridge)).toEqual([ana]);
    expect(its.of(ana).map(({ type }) => type)).not.toContain('hungUp');
  });

  shared('music and digits of ours are no facts', async (its) => {
    const leg = await its.talkingCaller();
    await its.engine.send({ do: 'startMusic', leg });
    await its.harness.wait(500);
    await its.engine.send({ do: 'stopMusic', leg });
    await its.engine.send({ do: 'sendDigits', leg, digits: '12#' });
    await its.harness.wait(1_500);
    expect(its.of(leg).map(({ type }) => type)).toEqual(['arrived', 'answered']);
  });

  shared('a sound ends by itself, a tone when it is stopped, both when the leg is bridged', async (its) => {
    const leg = await its.talkingCaller();
    const [sound, tone, cutOff] = [its.newLeg(), its.newLeg(), its.newLeg()];
    const isPlayed = (playback: string) => (fact: VoiceFact) => fact.type === 'played' && fact.playback === playback;
    await its.engine.send({ do: 'play', leg, playback: sound, sound: its.harness.shortSound });
    expect(await its.next(leg, 'played')).toMatchObject({ playback: sound });

    await its.engine.send({ do: 'play', leg, playback: tone, sound: 'tone:ring' });
    await its.harness.wait(3_000);
    expect(its.of(leg).some(isPlayed(tone))).toBe(false);
    await its.engine.send({ do: 'stopPlay', leg, playback: tone });
    await its.untilSome('played of the tone', isPlayed(tone));

    await its.engine.send({ do: 'play', leg, playback: cutOff, sound: 'tone:busy' });
    await its.harness.wait(500);
    await its.engine.send({ do: 'bridge', bridge: `talk-${leg}`, legs: [leg] });
    await its.untilSome('played of what the bridge cut off', isPlayed(cutOff));
    expect(its.of(leg).filter(({ type }) => type === 'played')).toHaveLength(3);
  });

  shared('a conversation is recorded until it is stopped, or until all have left', async (its) => {
    const bridge = `talk-${its.newLeg()}`;
    const [stopped, left] = [its.newLeg(), its.newLeg()];
    const recorded = (recording: string) =>
      its.untilSome('recorded', (fact) => fact.type === 'recorded' && fact.recording === recording);
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });
    await its.engine.send({ do: 'record', bridge, recording: stopped });
    await its.harness.wait(2_000);
    await its.engine.send({ do: 'stopRecord', recording: stopped });
    await recorded(stopped);
    expect(await its.harness.recordingExists(stopped, 1_000)).toBe(true);

    await its.engine.send({ do: 'record', bridge, recording: left });
    await its.harness.wait(1_500);
    await its.engine.send({ do: 'hangUp', leg: ana, cause: 16 });
    await its.engine.send({ do: 'hangUp', leg: ben, cause: 16 });
    await recorded(left);
    expect(await its.harness.recordingExists(left, 1_000)).toBe(true);
    expect(
      its.facts.filter((fact) => fact.type === 'recorded' && [stopped, left].includes(asKey(fact.recording))),
    ).toHaveLength(2);
  });

  shared('what has stopped already may be stopped again', async (its) => {
    const leg = await its.talkingCaller();
    const bridge = `talk-${leg}`;
    await its.engine.send({ do: 'bridge', bridge, legs: [leg] });
    const stops: VoiceCommand[] = [
      { do: 'unbridge', bridge },
      { do: 'unbridge', bridge },
      { do: 'unhold', leg },
      { do: 'stopMusic', leg },
      { do: 'stopPlay', leg, playback: 'none' },
      { do: 'stopRecord', recording: 'none' },
    ];
    for (const stop of stops) await expect(its.engine.send(stop)).resolves.toBeUndefined();
  });

  shared('a bridge that does not exist is not recorded', async (its) => {
    const command: VoiceCommand = { do: 'record', bridge: `none-${its.newLeg()}`, recording: its.newLeg() };
    await expect(its.engine.send(command)).rejects.toMatchObject({ code: 'voice.command_failed' });
  });
}

function ending(shared: Case): void {
  shared('every command for a leg that is gone, or never was, is refused', async (its) => {
    const gone = await its.talkingCaller();
    const alive = await its.talkingCaller();
    await its.engine.send({ do: 'hangUp', leg: gone, cause: 16 });
    await its.next(gone, 'hungUp');
    for (const leg of [gone, its.newLeg()]) {
      const commands: VoiceCommand[] = [
        { do: 'ring', leg },
        { do: 'answer', leg },
        { do: 'bridge', bridge: `talk-${alive}`, legs: [alive, leg] },
        { do: 'hold', leg },
        { do: 'unhold', leg },
        { do: 'startMusic', leg },
        { do: 'stopMusic', leg },
        { do: 'play', leg, playback: 'p', sound: its.harness.shortSound },
        { do: 'stopPlay', leg, playback: 'p' },
        { do: 'sendDigits', leg, digits: '1' },
        { do: 'hangUp', leg, cause: 16 },
      ];
      for (const command of commands) {
        await expect(its.engine.send(command), command.do).rejects.toMatchObject({ code: 'voice.leg_gone' });
      }
    }
    expect(await its.harness.membersOf(`talk-${alive}`)).toEqual([]);
  });

  shared('a leg that both sides hang up at the same moment ends once', async (its) => {
    const leg = await its.ringIn({ hangUpAfterMs: 1_000 });
    await its.harness.wait(1_000 - (its.harness.now() - its.begunAt(leg)));
    await hangUpTwice(its, leg);
    await its.next(leg, 'hungUp');
  });

  shared('a leg that we hang up twice ends once', async (its) => {
    const leg = await its.talkingCaller();
    await hangUpTwice(its, leg);
    expect(await its.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'us' });
    await expect(its.engine.send({ do: 'hangUp', leg, cause: 16 })).rejects.toMatchObject({ code: 'voice.leg_gone' });
  });
}

/** Both at once; each may come too late, but for no other reason fail. */
async function hangUpTwice(its: Recorder, leg: LegId): Promise<void> {
  const command: VoiceCommand = { do: 'hangUp', leg, cause: 16 };
  for (const outcome of await Promise.allSettled([its.engine.send(command), its.engine.send(command)])) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'voice.leg_gone' });
  }
}

function living(alone: Case): void {
  const isUp = (fact: VoiceFact): fact is Extract<VoiceFact, { type: 'up' }> => fact.type === 'up';
  const isDown = (fact: VoiceFact): fact is Extract<VoiceFact, { type: 'down' }> => fact.type === 'down';

  alone('phones and trunks come and go while calls run', async (its) => {
    const [newTrunk, newPhone, newDid] = [asId<TrunkId>(2), asId<ExtensionId>(2), '+33100000002'];
    const talk = await its.originate({ kind: 'phone', extension: phone });
    await its.next(talk, 'answered');
    const caller = await its.talkingCaller();
    await its.engine.provision({
      trunks: [sandboxTrunk(newTrunk, [newDid])],
      phones: [sandboxPhone(newPhone, '1002')],
    });
    await its.untilSome(
      'phoneReachable of the new phone',
      (fact) => fact.type === 'phoneReachable' && fact.extension === newPhone && fact.reachable,
    );
    await its.harness.wait(500);
    for (const leg of [talk, caller]) expect(its.of(leg).at(-1)!.type).toBe('answered');
    await its.engine.send({ do: 'bridge', bridge: `talk-${talk}`, legs: [talk, caller] });

    const removed = await its.originate({ kind: 'phone', extension: phone });
    expect(await its.next(removed, 'hungUp')).toMatchObject({ q850: 3, by: 'engine' });
    await expect(its.ringIn()).rejects.toMatchObject({ code: 'call.unknown_target' });
    await its.ringIn({ to: { kind: 'did', trunk: newTrunk, did: newDid } });
    const added = await its.originate({ kind: 'phone', extension: newPhone });
    await its.next(added, 'answered');
    await its.engine.provision(contractSetup);
    await its.ringIn();
    await its.endAll();
  });

  alone('an engine that takes over begins with up and finds the living legs', async (its) => {
    const [ana, ben] = await Promise.all([its.talkingCaller(), its.talkingSubscriber('+33155550001')]);
    const alone = await its.talkingCaller();
    const ringing = await its.originate('+33155550003', { ringForMs: 60_000 });
    await its.next(ringing, 'ringing');
    const gone = await its.talkingCaller();
    await its.engine.send({ do: 'hangUp', leg: gone, cause: 16 });
    await its.next(gone, 'hungUp');
    const bridge = `talk-${ana}`;
    await its.engine.send({ do: 'bridge', bridge, legs: [ana, ben] });

    await its.engine.close();
    const known = its.facts.length;
    await expect(its.engine.send({ do: 'hangUp', leg: ana, cause: 16 })).rejects.toMatchObject({
      code: 'voice.engine_down',
    });
    const second = await its.harness.secondEngine();
    const later = new Recorder(its.harness, second);
    try {
      await second.start();
      const up = await later.until('up', isUp);
      expect(later.facts[0]).toBe(up);
      const byLeg = (one: { leg: LegId }, two: { leg: LegId }) => (one.leg < two.leg ? -1 : 1);
      expect(up.legs.toSorted(byLeg)).toEqual(
        [
          { leg: ana, answered: true, bridge },
          { leg: ben, answered: true, bridge },
          { leg: alone, answered: true, bridge: null },
          { leg: ringing, answered: false, bridge: null },
        ].toSorted(byLeg),
      );
      await later.untilSome('phoneReachable', (fact) => fact.type === 'phoneReachable' && fact.extension === phone);
      await second.send({ do: 'bridge', bridge, legs: [ana, alone] });
      expect((await its.harness.membersOf(bridge)).toSorted()).toEqual([ana, alone].toSorted());
      for (const leg of [ana, ben, alone, ringing]) {
        await second.send({ do: 'hangUp', leg, cause: 16 });
        expect(await later.next(leg, 'hungUp')).toMatchObject({ q850: 16, by: 'us' });
      }
      await its.harness.wait(300);
      expect(later.facts.filter(({ type }) => type === 'hungUp')).toHaveLength(4);
      expect(its.facts).toHaveLength(known);
    } finally {
      await second.close();
    }
  });

  alone('when the exchange dies all calls are gone; it comes back empty and takes new ones', async (its) => {
    const leg = await its.talkingCaller();
    const ringing = await its.originate('+33155550003', { ringForMs: 3_000 });
    await its.next(ringing, 'ringing');
    const known = its.facts.length;
    await its.harness.kill();
    await its.until('down', isDown);
    await expect(its.engine.send({ do: 'hangUp', leg, cause: 16 })).rejects.toMatchObject({
      code: 'voice.engine_down',
    });
    await expect(its.ringIn()).rejects.toMatchObject({ code: 'voice.engine_down' });
    await its.harness.revive();
    const up = await its.until('up', isUp, 30_000);
    expect(up.legs).toEqual([]);
    await its.untilSome('phoneReachable', (fact) => fact.type === 'phoneReachable' && fact.extension === phone);
    await expect(its.engine.send({ do: 'hangUp', leg, cause: 16 })).rejects.toMatchObject({ code: 'voice.leg_gone' });
    await its.talkingSubscriber('+33155550001');
    await its.talkingCaller();
    await its.harness.wait(3_000);
    expect(its.facts.slice(known, known + 2).map(({ type }) => type)).toEqual(['down', 'up']);
    expect(its.facts.filter((fact) => fact.type === 'hungUp')).toEqual([]);
  });
}
