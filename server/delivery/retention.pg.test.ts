import { expect, test } from 'vitest';
import { testDatabase } from '../platform/testing/database.ts';
import { renewCallRanges } from './retention.ts';

const database = await testDatabase();
const count = 60_000;
const callAt = (at: number) => at.toString(16).padStart(24, '0');

async function insertCalls(from: number): Promise<void> {
  await database.query(
    `insert into push_calls (space_id, push_id, call_id)
     select 1, at, lpad(to_hex(at), 24, '0') from generate_series($1::int, $2::int) at`,
    [from, from + count - 1],
  );
}

/** Rows that a search for one call reads. */
async function rowsRead(call: string): Promise<number> {
  const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `explain (analyze, format json) select push_id from push_calls where space_id = 1 and call_id = '${call}'`,
  );
  const plan = rows[0]!['QUERY PLAN'][0].Plan;
  expect(plan['Actual Rows']).toBe(1);
  return plan['Actual Rows']! + (plan['Rows Removed by Index Recheck'] ?? 0) + (plan['Rows Removed by Filter'] ?? 0);
}

test('a call is found among some thousands, also where new rows have taken the place of removed ones', async () => {
  await insertCalls(0);
  await database.query('analyze push_calls');
  await renewCallRanges(database);
  expect(await rowsRead(callAt(count / 2))).toBeLessThan(10_000);
  await database.query('delete from push_calls');
  await database.query('vacuum (truncate off) push_calls');
  await insertCalls(count);
  await database.query('analyze push_calls');
  const call = callAt(count + count / 2);
  expect(await rowsRead(call)).toBeGreaterThan(20_000);
  await renewCallRanges(database);
  expect(await rowsRead(call)).toBeLessThan(10_000);
});
