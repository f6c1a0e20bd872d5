// The memory journal stands in for PostgreSQL in the flows' tests: whatever is appended, in whatever groups, both say
// the same and hold the same.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { realClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import type { Append, Journal } from './journal.ts';
import { MemoryJournal } from './memory-journal.ts';
import { openPgJournal } from './pg-journal.ts';
import { anEvent } from './testing/events.ts';

const database = await testDatabase();
const inPostgres = openPgJournal({ database, log: silentLog, clock: realClock, maxBatch: 8 });
afterAll(() => inPostgres.close());

const SPACES_A_RUN = 2;

/** `ahead`: 0 is where the stream would stand if all before had succeeded; others are wrong, unless something failed. */
const part = fc.record({
  stream: fc.constantFrom('call:a', 'call:b', 'agent:1'),
  ahead: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) }),
  events: fc.integer({ min: 0, max: 3 }),
});
const append = fc.record({
  space: fc.nat({ max: SPACES_A_RUN - 1 }),
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
});
/** The appends of a group are asked for at once; the next group when they are settled. */
const groups = fc.array(fc.array(append, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });

type Groups = typeof groups extends fc.Arbitrary<infer T> ? T : never;

function appendsFor(plan: Groups, firstSpace: number): Append[][] {
  const versions = new Map<string, number>();
  let number = 0;
  return plan.map((group) =>
    group.map(({ space, parts }) => ({
      space: asId<SpaceId>(firstSpace + space),
      streams: parts.map(({ stream, ahead, events }) => {
        const key = `${space}/${stream}`;
        const expected = Math.max(0, (versions.get(key) ?? 0) + ahead);
        if (ahead === 0) versions.set(key, expected + events);
        return { stream, expected, events: Array.from({ length: events }, () => anEvent(++number)) };
      }),
    })),
  );
}

async function play(journal: Journal, plan: Append[][], spaces: readonly SpaceId[]) {
  const outcomes: string[] = [];
  for (const group of plan) {
    const settled = await Promise.allSettled(group.map((each) => journal.append(each)));
    outcomes.push(...settled.map((each) => (each.status === 'fulfilled' ? 'written' : String(each.reason.code))));
  }
  const logs = await Promise.all(spaces.map((space) => journal.readSpace(space, 0, 10_000)));
  const heads = await journal.heads();
  return { outcomes, logs, heads: spaces.map((space) => heads.get(space)) };
}

test('both journals accept, refuse and hold the same', { timeout: 60_000 }, async () => {
  let nextSpace = 1;
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(groups, async (plan) => {
      const firstSpace = nextSpace;
      nextSpace += SPACES_A_RUN;
      const spaces = Array.from({ length: SPACES_A_RUN }, (_, at) => asId<SpaceId>(firstSpace + at));
      const appends = appendsFor(plan, firstSpace);
      const inMemory = await play(new MemoryJournal(), appends, spaces);
      expect(await play(inPostgres, appends, spaces)).toEqual(inMemory);
      for (const outcome of inMemory.outcomes) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 150 },
  );
  // The plans are worth something only if both happen often.
  expect(seen.get('written')).toBeGreaterThan(300);
  expect(seen.get('journal.conflict')).toBeGreaterThan(300);
});
