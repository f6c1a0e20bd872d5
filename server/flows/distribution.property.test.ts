// Whatever people, phones, networks and processes do: Oracle says what must hold after every event, random-day.ts what
// must hold in the engine and in the end. More of it: npm run soak -- distribution.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyDay } from './testing/any-day.ts';
import { liveThrough } from './testing/random-day.ts';

test('nobody is rung twice, served out of turn, left hanging or forgotten', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyDay, async (day) => {
      expect(await liveThrough(day)).toEqual([]);
    }),
    { numRuns: 10_000 },
  );
});
