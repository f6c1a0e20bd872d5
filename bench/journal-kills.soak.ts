import { killPostgresWhileAppending } from '../server/journal/testing/kills.ts';
import type { Program } from './program.ts';

export const program: Program = {
  about:
    'kill -9 of PostgreSQL, --kills=100 times, while 32 flows append and a follower follows: nothing lost, nothing twice.',
  async run({ options, say }) {
    const report = await killPostgresWhileAppending(Number(options.get('kills') ?? 100), say);
    for (const fault of report.faults.slice(0, 20)) say(fault);
    return [
      {
        what: `${report.events} events over ${report.kills} kills`,
        ours: `${report.faults.length} lost, doubled or out of order`,
        against: null,
        ratio: null,
        target: '0',
        met: report.faults.length === 0,
      },
      {
        what: 'longest silence',
        ours: `${report.longestSilenceMs} ms`,
        against: null,
        ratio: null,
        target: null,
        met: null,
      },
    ];
  },
};
