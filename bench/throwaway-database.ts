// PostgreSQL with the product's own settings (fsync on), migrated, gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../server/platform/db.ts';
import { silentLog } from '../server/platform/log.ts';
import { type Postgres, startPostgres } from '../server/platform/postgres/postgres.ts';
import { migrate } from '../server/store/migrate.ts';

export async function withThrowawayDatabase<T>(
  work: (database: Database, postgres: Postgres) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  try {
    const postgres = await startPostgres({ home, log: silentLog });
    try {
      const database = openDatabase(postgres.address, { log: silentLog });
      try {
        await migrate(database);
        return await work(database, postgres);
      } finally {
        await database.close();
      }
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
