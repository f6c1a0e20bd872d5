import { expect, test } from 'vitest';
import { aSpace } from '../testing/space.ts';
import type { WhyNowhere } from '../targets.ts';
import { worldOf } from './world.ts';

const world = (outbound: 'sandbox' | 'carrier' | 'none') =>
  worldOf(aSpace({ agents: ['Ana'], queues: ['Sales'], outbound, sounds: { 'a.wav': 5 } }));

test.each<[number: string, outbound: 'sandbox' | 'carrier' | 'none', why: WhyNowhere | null]>([
  ['101', 'carrier', null],
  ['000*101', 'carrier', null],
  ['NUM1', 'carrier', 'not_a_number'],
  ['', 'carrier', 'not_a_number'],
  ['0140000000', 'carrier', null],
  ['0044207946000', 'carrier', 'prefix_not_allowed'],
  ['0044207946000', 'sandbox', null],
  ['0899123456', 'carrier', 'premium'],
  ['0810123456', 'carrier', 'shared_cost'],
  ['0899123456', 'sandbox', null],
  ['0140000000', 'none', 'no_trunk'],
])('%s by the trunk %s', (number, outbound, why) => expect(world(outbound).whyNotCalled(number)).toBe(why));

test('sounds, queues and the ring time are those of the space', () => {
  const { sound, hasQueue, ringTimeoutMs } = world('none');
  expect([sound('a.wav'), sound('b.wav')]).toEqual([{ name: 'a.wav', durationMs: 5 }, null]);
  expect([hasQueue(1), hasQueue(2)]).toEqual([true, false]);
  expect(ringTimeoutMs).toBeGreaterThan(0);
});
