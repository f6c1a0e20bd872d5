import { expect, test } from 'vitest';
import { asId, type SpaceId } from '../domain/ids.ts';
import { realClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { openPgJournal } from './pg-journal.ts';
import { anAppend } from './testing/events.ts';

const database = await testDatabase();
const space = asId<SpaceId>(1);

async function scansOfTheWholeLog(): Promise<number> {
  const { rows } = await database.query<{ seq_scan: number }>(
    `select seq_scan from pg_stat_user_tables where relname = 'journal_events'`,
  );
  return rows[0]!.seq_scan;
}

/** Its session's statistics are in when it is closed. */
async function appendTwentyTimes(stream: string): Promise<void> {
  const journal = openPgJournal({ database, log: silentLog, clock: realClock });
  for (let version = 0; version < 20; version++) await journal.append(anAppend(space, { stream, expected: version }));
  await journal.close();
}

test('however short PostgreSQL believes the log to be, no append reads it all', async () => {
  await appendTwentyTimes('call:a');
  await database.query('vacuum analyze journal_events');
  const before = await scansOfTheWholeLog();
  await appendTwentyTimes('call:b');
  expect(await scansOfTheWholeLog()).toBe(before);
});
