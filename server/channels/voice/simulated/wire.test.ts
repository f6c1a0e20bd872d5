import { expect, test } from 'vitest';
import { VirtualClock } from '../../../platform/clock.ts';
import { Wire } from './wire.ts';

function aWire(latencies: number[] = []): { clock: VirtualClock; wire: Wire<string>; arrived: string[] } {
  const clock = new VirtualClock(0);
  const arrived: string[] = [];
  const latencyMs = (): number => latencies.shift() ?? 0;
  const wire = new Wire<string>({ clock, latencyMs, arrive: (item) => arrived.push(`${item} at ${clock.now()}`) });
  return { clock, wire, arrived };
}

test('without latency an item arrives at the same moment, yet not while it is sent', async () => {
  const { wire, arrived } = aWire();
  wire.carry('a');
  expect(arrived).toEqual([]);
  await Promise.resolve();
  expect(arrived).toEqual(['a at 0']);
});

test('items arrive in the order in which they were sent, however fast the later one is', async () => {
  const { clock, wire, arrived } = aWire([30, 10, 0, 50]);
  for (const item of ['a', 'b', 'c', 'd']) wire.carry(item);
  await clock.advance(29);
  expect(arrived).toEqual([]);
  await clock.advance(100);
  expect(arrived).toEqual(['a at 30', 'b at 30', 'c at 30', 'd at 50']);
});

test('what is sent while another item arrives comes after it, not inside it', async () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  const wire: Wire<string> = new Wire({
    clock,
    latencyMs: () => 0,
    arrive: (item) => {
      seen.push(`${item} begins`);
      if (item === 'a') wire.carry('b');
      seen.push(`${item} ends`);
    },
  });
  wire.carry('a');
  await clock.advance(0);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a cut wire loses what is on its way, says what it was, and carries on with new items', async () => {
  const { clock, wire, arrived } = aWire([10, 10, 5]);
  wire.carry('a');
  wire.carry('b');
  expect(wire.cut()).toEqual(['a', 'b']);
  wire.carry('c');
  await clock.advance(100);
  expect(arrived).toEqual(['c at 10']);
});
