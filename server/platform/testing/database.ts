// A database of its own for a test file, in the PostgreSQL of the test run.
import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { type Database, openDatabase } from '../db.ts';
import { silentLog } from '../log.ts';
import { TEMPLATE } from './template.ts';

export interface TestDatabaseOptions {
  /** Connections of its pool. */
  max?: number;
  /** Without our tables: for tests of migrations themselves. */
  empty?: boolean;
}

/**
 * A migrated database, closed and dropped after the file's tests. Call it at the top of the file (or of a `describe`):
 * `const database = await testDatabase();`. Its `address` serves further pools, clients and processes.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<Database> {
  const server = inject('postgres');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = openDatabase(server, { log: silentLog, max: 1 });
  await admin.query(`create database ${name} template ${options.empty ? 'template0' : TEMPLATE}`);
  const database = openDatabase({ ...server, database: name }, { log: silentLog, max: options.max ?? 10 });
  afterAll(async () => {
    await database.close();
    await admin.query(`drop database ${name} with (force)`);
    await admin.close();
  });
  return database;
}
