// What every voice engine keeps: one suite, run on each of them (simulated/ and asterisk/engine.contract.test.ts).
// Parties are sandbox numbers, sandbox phones and sandbox callers only, which every engine has (docs/calls.md):
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
import { asId, type ExtensionId, type TrunkId } from '../../domain/ids.ts';
import { living } from './engine.contract.life.ts';
import { changingSounds, sounding } from './engine.contract.sounds.ts';
import { ending, talking } from './engine.contract.talk.ts';
import { type Case, did, type Expected, type MakeHarness, phone, Recorder, space, trunk } from './engine.harness.ts';

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
    number: '+33155550007',
    does: 'answers before the ring limit, which then has no more say',
    ringForMs: 2_500,
    facts: [
      { type: 'ringing', afterMs: 0 },
      { type: 'answered', afterMs: 2_000 },
      { type: 'digit', afterMs: 3_000, digit: '2' },
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

/** Registers the suite. The calls' cases run side by side (`maxConcurrency` of them), the engine's own life after them. */
export function voiceEngineContract(name: string, makeHarness: MakeHarness): void {
  // oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases bring the titles and the assertions.
  const given = (use: 'shared' | 'alone') => (title: string, body: (its: Recorder) => Promise<void>) =>
    test(title, { timeout: caseLimitMs }, async () => {
      const its = new Recorder(await makeHarness(use));
      try {
        await body(its);
      } finally {
        its.stop();
        await its.harness.close();
      }
    });
  // oxlint-enable vitest/valid-title, vitest/expect-expect
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
    sounding(shared);
  });
  describe(`${name}: the engine's own life`, () => {
    living(alone);
    changingSounds(alone);
  });
}

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

  shared('a caller is answered once, however often we do it', async (its) => {
    const leg = await its.talkingCaller();
    await its.engine.send({ do: 'answer', leg });
    await its.harness.wait(500);
    expect(its.of(leg).map(({ type }) => type)).toEqual(['arrived', 'answered']);
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
