// Whatever the timing: parties, ring limits and our commands meet at the same milliseconds, by seeded latency.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asKey, type LegId } from '../../../domain/ids.ts';
import { isAppError } from '../../../errors.ts';
import { VirtualClock } from '../../../platform/clock.ts';
import type { VoiceCommand, VoiceFact } from '../engine.ts';
import { SimulatedEngine } from './engine.ts';
import { seededLatency } from './latency.ts';
import { anaPhone, benPhone, carrier, carrierDid, openDesk, setup } from './testing.ts';

test('a phone that answers at the very moment of the ring limit sometimes makes it', async () => {
  const stories = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const desk = await openDesk({ latencyMs: seededLatency(seed, 20) });
    await desk.clock.advance(100);
    desk.engine.phone(anaPhone).onRing('answer', { afterMs: 19_990 });
    const ringing = desk.call(anaPhone, { ringForMs: 20_000 });
    await desk.clock.advance(30_000);
    stories.add(desk.storyOf(await ringing).join());
  }
  expect([...stories].toSorted()).toEqual(['ringing,answered', 'ringing,hungUp']);
});

const atMs = fc.integer({ min: 0, max: 60 });
const which = fc.nat({ max: 3 });
const act = fc.oneof(
  fc.record({ atMs, do: fc.constant('callIn' as const) }),
  fc.record({ atMs, do: fc.constantFrom('callAna' as const, 'callBen' as const, 'callOut' as const) }),
  fc.record({
    atMs,
    do: fc.constantFrom('answer' as const, 'hangUp' as const, 'hold' as const, 'play' as const),
    which,
  }),
  fc.record({ atMs, do: fc.constant('bridge' as const), which, other: which }),
  fc.record({ atMs, do: fc.constantFrom('partyAnswers' as const, 'partyHangsUp' as const), which }),
  fc.record({ atMs, do: fc.constantFrom('crash' as const, 'disconnect' as const) }),
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

/** Acts that make no sense at their moment are left out, as people would. */
async function run(seed: number, acts: Act[]): Promise<{ facts: VoiceFact[]; refusals: unknown[] }> {
  const clock = new VirtualClock(0);
  const engine = new SimulatedEngine({ clock, latencyMs: seededLatency(seed, 15) });
  const facts: VoiceFact[] = [];
  const refusals: unknown[] = [];
  const known: LegId[] = [];
  let sending = false;
  engine.on((fact) => {
    expect(sending, 'a fact inside send').toBe(false);
    facts.push(fact);
    if (fact.type === 'arrived') known.push(fact.leg);
    // Its arrival may have been lost with the connection.
    if (fact.type === 'up') known.push(...fact.legs.map(({ leg }) => leg).filter((leg) => !known.includes(leg)));
  });
  const send = (command: VoiceCommand): void => {
    sending = true;
    engine.send(command).catch((error: unknown) => refusals.push(error));
    sending = false;
  };
  await engine.provision(setup);
  await engine.start();
  engine.phone(anaPhone).reachable(true);
  engine.phone(benPhone).onRing('answer', { afterMs: 10 });
  engine.trunk(carrier).onCall('answer', { afterMs: 25 });
  await clock.advance(20);
  const callerId = { number: '1', name: null };
  const place = (to: Extract<VoiceCommand, { do: 'originate' }>['to']): void => {
    const leg = asKey<LegId>(`placed-${known.length}-${clock.now()}`);
    known.push(leg);
    send({ do: 'originate', leg, to, callerId, ringForMs: 30, autoAnswer: false });
  };
  const perform = (one: Act): void => {
    const leg = 'which' in one ? known[one.which] : undefined;
    const party = engine.trunk(carrier).calls[0] ?? engine.phone(anaPhone).calls[0];
    switch (one.do) {
      case 'callIn':
        engine.trunk(carrier).callIn({ from: '+33140000000', did: carrierDid });
        return;
      case 'callAna':
        return place({ kind: 'phone', extension: anaPhone });
      case 'callBen':
        return place({ kind: 'phone', extension: benPhone });
      case 'callOut':
        return place({ kind: 'trunk', trunk: carrier, number: '+33155550001' });
      case 'answer':
      case 'hold':
        return leg && send({ do: one.do, leg });
      case 'hangUp':
        return leg && send({ do: 'hangUp', leg, cause: 16 });
      case 'play':
        return leg && send({ do: 'play', leg, playback: `p-${clock.now()}`, sound: 'welcome' });
      case 'bridge': {
        const other = known[one.other];
        return leg && other && send({ do: 'bridge', bridge: 'talk', legs: [leg, other] });
      }
      case 'partyAnswers':
        return party?.called ? party.answer() : undefined;
      case 'partyHangsUp':
        return party?.hangUp();
      case 'crash':
        engine.crash();
        return engine.restart();
      case 'disconnect':
        engine.disconnect();
        return engine.reconnect();
    }
  };
  for (const one of acts) clock.after(one.atMs, () => perform(one));
  await clock.advance(5_000);
  for (const leg of known) send({ do: 'hangUp', leg, cause: 16 });
  await clock.advance(5_000);
  expect(engine.exchange.legs()).toEqual([]);
  return { facts, refusals };
}

test('every leg ends at most once and says nothing afterwards; without a loss of connection, exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(act, { maxLength: 25 }), async (seed, acts) => {
      const { facts, refusals } = await run(seed, acts);
      const losses = facts.filter(({ type }) => type === 'down').length;
      const legs = new Map<LegId, string[]>();
      for (const fact of facts) if ('leg' in fact) legs.set(fact.leg, [...(legs.get(fact.leg) ?? []), fact.type]);
      for (const story of legs.values()) {
        const end = story.indexOf('hungUp');
        expect(end === -1 ? 'unheard' : story.slice(end + 1)).toEqual(end === -1 && losses > 0 ? 'unheard' : []);
        expect(story.filter((type) => type === 'answered').length).toBeLessThanOrEqual(1);
      }
      const times = facts.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const refusal of refusals) {
        const why = isAppError(refusal) ? refusal.code : refusal;
        expect(['voice.leg_gone', 'voice.command_failed', 'voice.engine_down']).toContain(why);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('the same seed gives the same run', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(act, { maxLength: 25 }), async (seed, acts) => {
      const [one, two] = [await run(seed, acts), await run(seed, acts)];
      expect(two.facts).toEqual(one.facts);
    }),
    { numRuns: 100 },
  );
});
