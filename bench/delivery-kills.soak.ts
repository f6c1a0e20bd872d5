import { killWorkers } from '../server/delivery/testing/kills.ts';
import type { Program } from './program.ts';
import { withThrowawayDatabase } from './throwaway-database.ts';

export const program: Program = {
  about:
    'Three workers send while one of them is killed, --kills=200 times, or stopped for longer than its lease and continued, --pauses=20 times: nothing lost, nothing out of order, again only what was on its way.',
  async run({ options, say }) {
    const kills = Number(options.get('kills') ?? 200);
    const pauses = Number(options.get('pauses') ?? 20);
    const report = await withThrowawayDatabase((database) => killWorkers(database, { kills, pauses, say }));
    for (const fault of report.faults.slice(0, 20)) say(fault);
    return [
      {
        what: `${report.pushes} pushes over ${kills} kills and ${pauses} pauses`,
        ours: `${report.faults.length} lost, out of order, or sent again although the outcome was known`,
        against: null,
        ratio: null,
        target: '0',
        met: report.faults.length === 0,
      },
      {
        what: 'sent again, the outcome being unknown',
        ours: String(report.again),
        against: null,
        ratio: null,
        target: null,
        met: null,
      },
    ];
  },
};
