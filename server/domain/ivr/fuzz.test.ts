import { expect, test } from 'vitest';
import { fuzzResponses } from './testing/fuzz.ts';

test('50,000 mutated and grown answers: never a crash, the call goes on, none takes 50 ms', { timeout: 60_000 }, () => {
  const report = fuzzResponses({ from: 1, documents: 50_000, cpuMs: threadCpuMs });
  expect(report.faults).toEqual([]);
  expect(report.running).toBeGreaterThan(4_000);
  expect(report.slowest.ms).toBeLessThan(50);
});

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
