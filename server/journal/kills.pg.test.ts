import { expect, test } from 'vitest';
import { killPostgresWhileAppending } from './testing/kills.ts';

test(
  'PostgreSQL dies twice while 32 flows append: all that was acknowledged is there once, gapless, and followed',
  {
    timeout: 90_000,
  },
  async () => {
    const report = await killPostgresWhileAppending(2, () => undefined);
    expect(report.faults).toEqual([]);
    expect(report.events).toBeGreaterThan(1_000);
  },
);
