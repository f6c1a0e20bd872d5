import { expect, test } from 'vitest';
import { asId, asKey, type ExtensionId, type LegId, type SpaceId } from '../../domain/ids.ts';
import { VirtualClock } from '../../platform/clock.ts';
import { SimulatedEngine } from './simulated/engine.ts';
import { TimedEngine } from './timed.ts';

const extension = asId<ExtensionId>(1);
const leg = asKey<LegId>('11111111-1111-4111-8111-111111111111');

test('the wait of a party who answered ends with the first command for his leg, and is told once', async () => {
  const clock = new VirtualClock();
  const waits: number[] = [];
  const voice = new TimedEngine({
    engine: new SimulatedEngine({ clock }),
    clock,
    observe: (ms) => waits.push(ms),
  });
  await voice.provision({
    trunks: [],
    phones: [
      {
        extension,
        space: asId<SpaceId>(1),
        number: '101',
        displayName: 'Ana',
        sandbox: true,
        username: null,
        password: null,
      },
    ],
  });
  await voice.start();
  await voice.send({
    do: 'originate',
    leg,
    to: { kind: 'phone', extension },
    callerId: { number: '33611223344', name: null },
    ringForMs: 10_000,
    autoAnswer: false,
  });
  await clock.advance(2_000);
  await clock.advance(7);
  await voice.send({ do: 'bridge', bridge: 'b', legs: [leg] });
  await voice.send({ do: 'hold', leg });
  expect(waits).toEqual([7]);
});
