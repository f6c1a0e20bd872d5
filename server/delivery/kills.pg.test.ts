import { expect, test } from 'vitest';
import { testDatabase } from '../platform/testing/database.ts';
import { killWorkers } from './testing/kills.ts';

const database = await testDatabase();

test(
  'three workers share the outbox; one of them is killed ten times and stopped three times for longer than its lease: nothing is lost or out of order, and again comes only what was on its way',
  { timeout: 120_000 },
  async () => {
    const report = await killWorkers(database, { kills: 10, pauses: 3, say: () => undefined });
    expect(report.faults).toEqual([]);
    expect(report.pushes).toBeGreaterThan(1_000);
  },
);
