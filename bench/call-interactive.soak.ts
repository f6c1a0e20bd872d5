import { fuzzResponses } from '../server/domain/ivr/testing/fuzz.ts';
import type { Program } from './program.ts';

const AT_ONCE = 100_000;
const MOST_MS = 50;

export const program: Program = {
  about:
    'Mutated and grown answers of customers, --documents=10000000 of them from --seed=1: each is read, and a call that gets it comes to its end.',
  async run({ options, say }) {
    const documents = Number(options.get('documents') ?? 10_000_000);
    const first = Number(options.get('seed') ?? 1);
    const faults: string[] = [];
    let slowest = { seed: first, ms: 0 };
    let running = 0;
    for (let done = 0; done < documents && faults.length === 0; done += AT_ONCE) {
      const report = fuzzResponses({ from: first + done, documents: Math.min(AT_ONCE, documents - done), cpuMs });
      faults.push(...report.faults);
      running += report.running;
      if (report.slowest.ms > slowest.ms) slowest = report.slowest;
      say(`${done + report.documents} documents, slowest ${slowest.ms.toFixed(2)} ms`);
    }
    for (const fault of faults) say(fault);
    return [
      {
        what: `${documents} documents, of which ${running} run`,
        ours: faults.length === 0 ? 'no fault' : `${faults.length} faults`,
        against: null,
        ratio: null,
        target: 'no fault',
        met: faults.length === 0,
      },
      {
        what: `slowest document (seed ${slowest.seed}), CPU time`,
        ours: `${slowest.ms.toFixed(2)} ms`,
        against: null,
        ratio: null,
        target: `≤ ${MOST_MS} ms`,
        met: slowest.ms <= MOST_MS,
      },
    ];
  },
};

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
