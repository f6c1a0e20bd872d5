import { defineConfig } from 'vitest/config';

// unit: pure, milliseconds. pg: a real PostgreSQL, started once a run and only when such a file is run.
// e2e: whole servers and real peers, two files at a time: they mostly wait, and more would not leave them the processors
// that sound and time limits need.
const never = ['**/node_modules/**', '**/.parley/**', 'web/**'];
const withPostgres = ['**/*.pg.test.ts'];
const wholeServer = ['e2e/**/*.test.ts', '**/*.e2e.test.ts'];
// What is polled comes soon on any machine; a second, vitest's own limit, is too soon for a slow one.
const patient = { poll: { timeout: 10_000 } };
const globalPostgres = ['server/platform/testing/global-postgres.ts'];

export default defineConfig({
  test: {
    pool: 'forks', // children told to die with their parent die with the thread that made them
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...never, ...withPostgres, ...wholeServer],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'pg',
          include: withPostgres,
          exclude: never,
          globalSetup: globalPostgres,
          sequence: { groupOrder: 2 },
          expect: patient,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: wholeServer,
          exclude: never,
          globalSetup: globalPostgres,
          sequence: { groupOrder: 3 },
          expect: patient,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
