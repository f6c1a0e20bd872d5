import { killPostgresWhileAppending } from '../server/journal/testing/kills.ts';
import type { Program } from './program.ts';

export const program: Program = {
  about:
    'kill -9 of PostgreSQL or one of its processes, --kills=100 times, while 32 flows append and a follower follows: nothing lost, nothing twice.',
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
      reported('longest outage, back-off of the restart included', `${report.longestOutageMs} ms`),
      reported('longest, from PostgreSQL up to appends acknowledged', `${report.longestReturnMs} ms`),
    ];
  },
};

const reported = (what: string, ours: string) => ({ what, ours, against: null, ratio: null, target: null, met: null });
