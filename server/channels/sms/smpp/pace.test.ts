import { expect, test } from 'vitest';
import { VirtualClock } from '../../../platform/clock.ts';
import { Pace } from './pace.ts';

test('twenty a second: two at once, then one every 50 ms', async () => {
  const clock = new VirtualClock();
  const pace = new Pace({ clock, perS: 20 });
  expect(pace.room).toBe(2);
  pace.spend();
  pace.spend();
  expect([pace.room, pace.waitMs]).toEqual([0, 50]);
  await clock.advance(50);
  expect([pace.room, pace.waitMs]).toEqual([1, 0]);
  await clock.advance(10_000);
  expect(pace.room).toBe(2);
});

test('without a limit only the carrier slows it down: longer each time, no longer than 8 s', async () => {
  const clock = new VirtualClock();
  const pace = new Pace({ clock, perS: null });
  const pauses: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    pace.tooFast();
    pace.tooFast(); // the answer to what had left at the same time
    expect(pace.room).toBe(0);
    pauses.push(pace.waitMs);
    await clock.advance(pace.waitMs);
    expect(pace.room).toBe(Infinity);
  }
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  for (let turn = 0; turn < 5; turn++) pace.taken();
  pace.tooFast();
  expect(pace.waitMs).toBe(500);
});
