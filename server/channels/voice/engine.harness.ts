// What engine.contract.ts needs of an engine under test, and the record that a case keeps of it.
// oxlint-disable vitest/no-standalone-expect -- a recorder asserts for the cases that use it.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import {
  asId,
  asKey,
  type ExtensionId,
  type Instant,
  type LegId,
  type SpaceId,
  type TrunkId,
} from '../../domain/ids.ts';
import { isAppError } from '../../errors.ts';
import { writeWav } from '../../platform/audio/wav.ts';
import type {
  CallerId,
  Destination,
  PhoneSetup,
  SandboxCall,
  SoundSetup,
  TrunkSetup,
  Unsubscribe,
  VoiceEngine,
  VoiceFact,
  VoiceSetup,
} from './engine.ts';

/** A started engine that knows `contractSetup` and `contractSounds`, and the means to let time pass and misfortune happen. */
export interface Harness {
  engine: VoiceEngine;
  now(): Instant;
  /** Virtual: the clock advances; real: time passes. */
  wait(ms: number): Promise<void>;
  /** By how many ms a fact may come earlier or later than it should. */
  toleranceMs: number;
  /** A name of a sound that plays for less than 4 s. */
  shortSound: string;
  /** Who is in the bridge of that name now, as the exchange itself says; none: there is no such bridge. */
  membersOf(bridge: string): Promise<LegId[]>;
  /** Whether the WAV of that recording exists and holds at least `ms` of sound. */
  recordingExists(recording: string, ms: number): Promise<boolean>;
  /** Another engine for the same exchange, not started, which knows `contractSetup`. */
  secondEngine(): Promise<VoiceEngine>;
  /** The exchange (Asterisk's process) dies at once, and is away for a few 100 ms at least. */
  kill(): Promise<void>;
  /** Brings it back, unless a supervisor does; `engine` then connects to it by itself. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

/**
 * shared: the case minds its own legs only and runs beside others: all may be given the same engine.
 * alone: the case changes the set-up, closes or kills: nobody else uses that engine, meanwhile or afterwards.
 */
export type MakeHarness = (use: 'shared' | 'alone') => Promise<Harness>;

export const space = asId<SpaceId>(1);
export const trunk = asId<TrunkId>(1);
export const did = '+33100000001';
export const phone = asId<ExtensionId>(1);

export const sandboxTrunk = (id: TrunkId, dids: string[]): TrunkSetup => ({
  id,
  space,
  type: 'sandbox',
  host: null,
  port: 5060,
  username: null,
  password: null,
  matchAddresses: [],
  dids,
});

export const sandboxPhone = (extension: ExtensionId, number: string): PhoneSetup => ({
  extension,
  space,
  number,
  displayName: `Sandbox ${number}`,
  sandbox: true,
  username: null,
  password: null,
});

/** What the engine of a harness has to know. */
export const contractSetup: VoiceSetup = {
  trunks: [sandboxTrunk(trunk, [did])],
  phones: [sandboxPhone(phone, '1001')],
};

export const spaceSound: SoundSetup = {
  name: 'parley/contract',
  durationMs: 1_200,
  read: async () => ({ wav8k: aTone(8_000), wav16k: aTone(16_000) }),
};

export const contractSounds: readonly SoundSetup[] = [spaceSound];

function aTone(rate: number): Uint8Array {
  const samples = Float32Array.from({ length: rate * 1.2 }, (_, at) => 0.3 * Math.sin((2 * Math.PI * 440 * at) / rate));
  return writeWav({ rate, samples });
}

/** One case of the suite: what it holds, in a user's words, and how. */
export type Case = (title: string, body: (its: Recorder) => Promise<void>) => void;

type FactOf<Type extends VoiceFact['type']> = Extract<VoiceFact, { type: Type }>;
/** A fact that is expected: its fields, and its time in ms after the leg was begun. */
export interface Expected {
  type: VoiceFact['type'];
  afterMs: number;
  [field: string]: unknown;
}

const caller: CallerId = { number: '+33140000000', name: 'Ana' };
const stepMs = 20;

/** One engine seen by one case: its facts since the case began, and the legs that the case has made. */
export class Recorder {
  readonly harness: Harness;
  readonly engine: VoiceEngine;
  readonly facts: VoiceFact[] = [];
  /** Records no more. */
  readonly stop: Unsubscribe;
  readonly #begun = new Map<LegId, Instant>();

  constructor(harness: Harness, engine: VoiceEngine = harness.engine) {
    this.harness = harness;
    this.engine = engine;
    this.stop = engine.on((fact) => this.facts.push(fact));
  }

  newLeg(): LegId {
    const leg = asKey<LegId>(randomUUID());
    this.#begun.set(leg, this.harness.now());
    return leg;
  }

  /** Places a leg to a number of the sandbox trunk, or to a destination. */
  async originate(
    to: string | Destination,
    options: { ringForMs?: number; autoAnswer?: boolean; leg?: LegId } = {},
  ): Promise<LegId> {
    const { ringForMs = 30_000, autoAnswer = false, leg = this.newLeg() } = options;
    const destination: Destination = typeof to === 'string' ? { kind: 'trunk', trunk, number: to } : to;
    await this.engine.send({ do: 'originate', leg, to: destination, callerId: caller, ringForMs, autoAnswer });
    return leg;
  }

  /** A sandbox caller rings in and has arrived. */
  async ringIn(options: Partial<Pick<SandboxCall, 'to' | 'digits' | 'hangUpAfterMs'>> = {}): Promise<LegId> {
    const leg = this.newLeg();
    const to = options.to ?? { kind: 'did', trunk, did };
    await this.engine.ringIn({ leg, space, from: caller, digits: [], hangUpAfterMs: null, ...options, to });
    await this.next(leg, 'arrived');
    return leg;
  }

  /** A sandbox caller whom we have answered. */
  async talkingCaller(options: Parameters<Recorder['ringIn']>[0] = {}): Promise<LegId> {
    const leg = await this.ringIn(options);
    await this.engine.send({ do: 'answer', leg });
    await this.next(leg, 'answered');
    return leg;
  }

  /** A leg to that number which has answered. */
  async talkingSubscriber(number: string): Promise<LegId> {
    const leg = await this.originate(number);
    await this.next(leg, 'answered');
    return leg;
  }

  /** The first fact of that type about that leg, be it past or to come. */
  async next<Type extends VoiceFact['type']>(leg: LegId, type: Type, limitMs?: number): Promise<FactOf<Type>> {
    const is = (fact: VoiceFact): fact is FactOf<Type> => fact.type === type && 'leg' in fact && fact.leg === leg;
    return this.until(`${type} of its leg`, is, limitMs);
  }

  async until<Fact extends VoiceFact>(
    what: string,
    is: (fact: VoiceFact) => fact is Fact,
    limitMs = 10_000,
  ): Promise<Fact> {
    for (let waited = 0; ; waited += stepMs) {
      const fact = this.facts.find(is);
      if (fact) return fact;
      if (waited >= limitMs)
        throw new Error(`No ${what} within ${limitMs} ms; there were: ${JSON.stringify(this.facts)}`);
      await this.harness.wait(stepMs);
    }
  }

  async untilSome(what: string, is: (fact: VoiceFact) => boolean): Promise<VoiceFact> {
    return this.until(what, (fact): fact is VoiceFact => is(fact));
  }

  /** When the case began that leg. */
  begunAt(leg: LegId): Instant {
    return this.#begun.get(leg)!;
  }

  of(leg: LegId): VoiceFact[] {
    return this.facts.filter((fact) => 'leg' in fact && fact.leg === leg);
  }

  /** The facts of that leg are exactly these, at these times. */
  expectFacts(leg: LegId, expected: readonly Expected[]): void {
    const facts = this.of(leg);
    expect(facts.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
    const begun = this.begunAt(leg);
    for (const [index, { afterMs, ...fields }] of expected.entries()) {
      const fact = facts[index]!;
      expect(fact).toMatchObject(fields);
      const off = Math.abs(fact.at - begun - afterMs);
      if (off > this.harness.toleranceMs) {
        expect.fail(`${fact.type} came ${fact.at - begun} ms after the begin, not ${afterMs}`);
      }
    }
  }

  /** Hangs up what still lives; then every leg of the case must have ended exactly once and have said nothing since. */
  async endAll(): Promise<void> {
    for (const leg of this.#begun.keys()) {
      if (!this.#isKnown(leg) || this.#hasEnded(leg)) continue;
      await this.engine.send({ do: 'hangUp', leg, cause: 16 }).catch((error: unknown) => {
        if (!isAppError(error, 'voice.leg_gone')) throw error;
      });
      await this.next(leg, 'hungUp');
    }
    await this.harness.wait(300);
    for (const leg of this.#begun.keys()) {
      const facts = this.of(leg);
      if (facts.length === 0) continue;
      expect(facts.filter(({ type }) => type === 'hungUp')).toHaveLength(1);
      expect(facts.at(-1)!.type).toBe('hungUp');
      expect(facts.map(({ at }) => at)).toEqual(facts.map(({ at }) => at).toSorted((a, b) => a - b));
    }
  }

  #isKnown(leg: LegId): boolean {
    return this.of(leg).length > 0;
  }

  #hasEnded(leg: LegId): boolean {
    return this.of(leg).some(({ type }) => type === 'hungUp');
  }
}
