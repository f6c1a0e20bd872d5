import { expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';

function aClock(): { clock: VirtualClock; told: string[]; tell: (what: string) => () => void } {
  const clock = new VirtualClock(0);
  const told: string[] = [];
  return { clock, told, tell: (what) => () => void told.push(`${what} at ${clock.now()}`) };
}

test('timers run at their time, in order of time and then of setting', async () => {
  const { clock, told, tell } = aClock();
  clock.after(20, tell('late'));
  clock.after(10, tell('first of two'));
  clock.after(10, tell('second of two'));
  clock.after(-5, tell('overdue'));
  await clock.advance(15);
  expect(told).toEqual(['overdue at 0', 'first of two at 10', 'second of two at 10']);
  expect(clock.now()).toBe(15);
  await clock.advance(5);
  expect(told.at(-1)).toBe('late at 20');
});

test('what a timer promises is settled before the next one, and timers that it sets run in the same advance', async () => {
  const { clock, told, tell } = aClock();
  clock.after(10, () => {
    void (async () => {
      for (let tick = 0; tick < 100; tick++) await Promise.resolve();
      tell('promised')();
      clock.after(0, tell('set by it'));
    })();
  });
  clock.after(11, tell('next'));
  await clock.advance(11);
  expect(told).toEqual(['promised at 10', 'set by it at 10', 'next at 11']);
});

test('a cancelled timer does not run, also when another one of the same moment cancels it, or cancels it again', async () => {
  const { clock, told, tell } = aClock();
  const others = [1, 2, 3].map((number) => clock.after(10, tell(`other ${number}`)));
  clock.after(5, () => others[1]!.cancel());
  clock.after(6, () => others[1]!.cancel());
  const late = { cancel: () => {} };
  clock.after(10, () => late.cancel());
  late.cancel = clock.after(10, tell('cancelled by its neighbour')).cancel;
  await clock.advance(10);
  others[0]!.cancel();
  await clock.advance(10);
  expect(told).toEqual(['other 1 at 10', 'other 3 at 10']);
});
