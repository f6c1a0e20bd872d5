// Random IVRs, random callers, random answers of customers' URLs; and all that can break meanwhile.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyIvrDay } from './testing/any-ivr-day.ts';
import { liveThrough } from './testing/random-day.ts';

test('no call in an IVR is without a limit of time, lost, or left hanging', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyIvrDay, async (day) => {
      expect(await liveThrough(day)).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});
