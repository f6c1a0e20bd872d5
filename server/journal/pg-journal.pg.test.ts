import { realClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { testDatabase } from '../platform/testing/database.ts';
import { journalContract } from './journal.contract.ts';
import { openPgJournal } from './pg-journal.ts';

const database = await testDatabase();

journalContract('the PostgreSQL journal', async () => openPgJournal({ database, log: silentLog, clock: realClock }));
