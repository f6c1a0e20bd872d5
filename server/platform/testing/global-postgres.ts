// Vitest's global setup for tests with a real PostgreSQL: one throw-away server for the run, and in it a migrated
// database that each test file gets a copy of.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../store/migrate.ts';
import { openDatabase } from '../db.ts';
import { silentLog } from '../log.ts';
import { startPostgres } from '../postgres/postgres.ts';
import { TEMPLATE } from './template.ts';

/** Nothing has to survive; test files run side by side, each with pools of its own. */
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '300', autovacuum: 'off' };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'parley-test-'));
  const postgres = await startPostgres({ home, log: silentLog, settings });
  const teardown = async (): Promise<void> => {
    await postgres.stop();
    await rm(home, { recursive: true });
  };
  try {
    const admin = openDatabase(postgres.address, { log: silentLog, max: 1 });
    await admin.query(`create database ${TEMPLATE}`);
    await admin.close();
    const template = openDatabase({ ...postgres.address, database: TEMPLATE }, { log: silentLog, max: 1 });
    await migrate(template);
    await template.close();
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('postgres', postgres.address);
  return teardown;
}
