// PostgreSQL, ours or the user's own, with the schema of this version.
import type { Config } from '../config.ts';
import { type Database, openDatabase } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { externalPostgres, type Postgres, startPostgres } from '../platform/postgres/postgres.ts';
import type { StopList } from '../platform/shutdown.ts';
import { migrate } from '../store/migrate.ts';

export async function startDatabase(config: Config, log: Log, stops: StopList): Promise<Database> {
  const { url } = config.database;
  const start = async (): Promise<Postgres> => {
    const postgres = url ? externalPostgres(url) : await startPostgres({ home: config.home, log });
    stops.add('postgres', () => postgres.stop(), 8_000);
    return postgres;
  };
  const postgres = await stops.whileStarting('postgres', start, 8_000);
  const db = openDatabase(postgres.address, { log });
  stops.add('database connections', () => db.close());
  await migrate(db);
  return db;
}
