import { expect, test } from 'vitest';
import { VirtualClock } from '../../../platform/clock.ts';
import { Intake } from './intake.ts';

function anIntake() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const ends: (() => void)[] = [];
  const intake = new Intake({ clock, pause: () => told.push('pause'), resume: () => told.push('resume') });
  const come = (count: number) =>
    Array.from({ length: count }, () => intake.take(() => new Promise<void>((resolve) => ends.push(resolve))));
  /** So many of the oldest are kept. */
  const keep = async (count: number) => {
    for (const end of ends.splice(0, count)) end();
    await clock.advance(0);
  };
  return { clock, told, come, keep, intake };
}

test('a thousand that are being kept stop the reading, until half of them are', async () => {
  const { told, come, keep } = anIntake();
  void come(999);
  expect(told).toEqual([]);
  void come(1);
  expect(told).toEqual(['pause']);
  await keep(499);
  expect(told).toEqual(['pause']);
  await keep(1);
  expect(told).toEqual(['pause', 'resume']);
});

test('the answers to our submits are not kept waiting for longer than 2 s', async () => {
  const { clock, told, come, keep } = anIntake();
  void come(1_000);
  await clock.advance(2_000);
  expect(told).toEqual(['pause', 'resume']);
  void come(500);
  expect(told).toEqual(['pause', 'resume']);
  await keep(1_000);
  void come(500);
  expect(told).toEqual(['pause', 'resume', 'pause']);
});

test('who comes when four thousand are being kept is asked to come again', async () => {
  const { come, keep } = anIntake();
  void come(4_000);
  await expect(come(1)[0]).rejects.toThrow('4000');
  await keep(1);
  const [next] = come(1);
  await keep(4_000);
  await expect(next).resolves.toBeUndefined();
});

test('what cannot be kept leaves its place as well', async () => {
  const { intake, come } = anIntake();
  void come(3_999);
  await expect(intake.take(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await expect(intake.take(() => Promise.resolve())).resolves.toBeUndefined();
});
