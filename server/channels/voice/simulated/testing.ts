// A simulated engine with everything a test of it needs at hand.
import { asId, asKey, type ExtensionId, type LegId, type SpaceId, type TrunkId } from '../../../domain/ids.ts';
import { VirtualClock } from '../../../platform/clock.ts';
import type { Destination, PhoneSetup, TrunkSetup, VoiceFact, VoiceSetup } from '../engine.ts';
import { SimulatedEngine } from './engine.ts';

export const space = asId<SpaceId>(1);
export const carrier = asId<TrunkId>(1);
export const sandbox = asId<TrunkId>(2);
export const anaPhone = asId<ExtensionId>(11);
export const benPhone = asId<ExtensionId>(12);
export const carrierDid = '+33100000001';

const aTrunk = (id: TrunkId, type: 'sip' | 'sandbox', dids: string[]): TrunkSetup => ({
  id,
  space,
  type,
  host: type === 'sip' ? 'carrier.example' : null,
  port: 5060,
  username: null,
  password: null,
  matchAddresses: [],
  dids,
});

const aPhone = (extension: ExtensionId, number: string, displayName: string): PhoneSetup => ({
  extension,
  space,
  number,
  displayName,
  sandbox: false,
  username: `phone-${number}`,
  password: 'secret',
});

export const setup: VoiceSetup = {
  trunks: [aTrunk(carrier, 'sip', [carrierDid]), aTrunk(sandbox, 'sandbox', ['+33100000002'])],
  phones: [aPhone(anaPhone, '101', 'Ana'), aPhone(benPhone, '102', 'Ben')],
};

export interface Desk {
  clock: VirtualClock;
  engine: SimulatedEngine;
  facts: VoiceFact[];
  /** The types of a leg's facts. */
  storyOf(leg: LegId): string[];
  /** Rings a phone. */
  call(extension: ExtensionId, options?: { ringForMs?: number; autoAnswer?: boolean }): Promise<LegId>;
  /** Calls a number by a trunk. */
  callOut(trunk: TrunkId, number: string): Promise<LegId>;
}

/** Started, with both phones registered; `latencyMs` as the engine's. */
export async function openDesk({ latencyMs }: { latencyMs?: () => number } = {}): Promise<Desk> {
  const clock = new VirtualClock(0);
  const engine = new SimulatedEngine({ clock, ...(latencyMs && { latencyMs }) });
  const facts: VoiceFact[] = [];
  engine.on((fact) => facts.push(fact));
  await engine.provision(setup);
  await engine.start();
  engine.phone(anaPhone).reachable(true);
  engine.phone(benPhone).reachable(true);
  let legs = 0;
  const callerId = { number: '+33140000000', name: null };
  const originate = async (to: Destination, ringForMs: number, autoAnswer: boolean): Promise<LegId> => {
    const leg = asKey<LegId>(`placed-${++legs}`);
    await engine.send({ do: 'originate', leg, to, callerId, ringForMs, autoAnswer });
    return leg;
  };
  return {
    clock,
    engine,
    facts,
    storyOf: (leg) => facts.filter((fact) => 'leg' in fact && fact.leg === leg).map(({ type }) => type),
    call: (extension, { ringForMs = 20_000, autoAnswer = false } = {}) =>
      originate({ kind: 'phone', extension }, ringForMs, autoAnswer),
    callOut: (trunk, number) => originate({ kind: 'trunk', trunk, number }, 20_000, false),
  };
}
