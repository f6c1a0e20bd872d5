import { soakDistribution } from '../server/flows/testing/soak.ts';
import type { Program } from './program.ts';

export const program: Program = {
  about:
    'Random days of small call centres on the simulated engine, --runs=1000000 of them from --seed=1: nobody is rung twice, served out of turn, left hanging or forgotten.',
  async run({ options, say }) {
    const runs = Number(options.get('runs') ?? 1_000_000);
    const report = await soakDistribution({ runs, seed: Number(options.get('seed') ?? 1), say });
    for (const fault of report.faults) say(fault);
    return [
      {
        what: `${report.runs} runs, ${report.runsPerSecond} a second`,
        ours: report.faults.length === 0 ? 'no fault' : `${report.faults.length} faults`,
        against: null,
        ratio: null,
        target: 'no fault',
        met: report.faults.length === 0,
      },
    ];
  },
};
