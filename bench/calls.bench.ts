// SIPp calls a DID; Parley on Asterisk answers, queues, rings a free agent on a sandbox phone (who answers after 2 s), puts
// through, and the caller hangs up. Against it Asterisk alone, with a dialplan that answers and does nothing else, and with
// one that does the same work. Rates rise until calls fail; a rate counts when every one of its calls went well, and where
// there are agents every caller talked to one.
import { setTimeout as sleep } from 'node:timers/promises';
import { bareAsterisk, sameWork } from './calls/dialplan-side.ts';
import { type ParleySide, parleySide } from './calls/parley-side.ts';
import { cpuText, type Highest, highest, load, type Side } from './calls/side.ts';
import type { Program } from './program.ts';
import type { Result } from './results.ts';

/** What the set-up of hundreds of agents has left to do: pages of followers, PostgreSQL's analyze. */
const settleMs = 3_000;
/** Of the steady rate, before it is measured: code is compiled, connections and threads are there. */
const warmUpS = 15;

export const program: Program = {
  about:
    'Highest rate of SIPp calls that are all answered, queued to an agent and ended, against an Asterisk dialplan that answers them and one that does the same work.',
  async run({ options, say }) {
    const seconds = Number(options.get('seconds') ?? 6);
    const agents = Number(options.get('agents') ?? 400);
    const steady = Number(options.get('steady') ?? 50);
    const from = Number(options.get('from') ?? 50);
    const bare = await using(bareAsterisk(), (side) => highest(side, from * 16, seconds, say));
    const same = await using(sameWork(), (side) => highest(side, Math.round(from * 2.4), seconds, say));
    return await using(parleySide(agents), async (side) => {
      say(`parley has ${agents} agents`);
      await sleep(settleMs);
      const latency = await answerLatency(side, steady, seconds, say);
      const parley = await highest(side, from, seconds, say);
      return [
        { ...compared('calls/s without a failure, against an answer alone', parley, bare), ...target(parley, bare) },
        { ...compared('the same against a dialplan of the same work', parley, same), target: null, met: null },
        reported('CPU a call at that rate', cpuText(parley.cpuMs), `same work ${cpuText(same.cpuMs)}`),
        {
          ...reported(`answer → first command at ${steady} calls/s`, `p95 ≤ ${latency} ms`, null),
          target: '≤ 10 ms',
          met: latency <= 10,
        },
      ];
    });
  },
};

async function using<S extends Side, T>(started: Promise<S>, measure: (side: S) => Promise<T>): Promise<T> {
  const side = await started;
  try {
    return await measure(side);
  } finally {
    await side.close();
  }
}

/** Upper bound of the histogram's bucket in which the 95th percentile lies, in ms. */
async function answerLatency(
  side: ParleySide,
  rate: number,
  seconds: number,
  say: (line: string) => void,
): Promise<number> {
  await load(side, rate, warmUpS, say);
  const before = await side.answers();
  await load(side, rate, Math.max(seconds, 10), say);
  const counts = (await side.answers()).map(({ upToS, count }, at) => ({ upToS, count: count - before[at]!.count }));
  const all = counts.at(-1)?.count ?? 0;
  if (all === 0) throw new Error('No answer was measured.');
  say(counts.map(({ upToS, count }) => `${upToS * 1_000} ms: ${Math.round((100 * count) / all)} %`).join(', '));
  return counts.find(({ count }) => count >= 0.95 * all)!.upToS * 1_000;
}

function compared(what: string, ours: Highest, theirs: Highest): Omit<Result, 'target' | 'met'> {
  return {
    what,
    ours: `${ours.perSecond} calls/s`,
    against: `${theirs.perSecond} calls/s`,
    ratio: ours.perSecond / theirs.perSecond,
  };
}

const target = (ours: Highest, theirs: Highest) => ({
  target: '≥ 0.3',
  met: ours.perSecond / theirs.perSecond >= 0.3,
});

const reported = (what: string, ours: string, against: string | null): Result => ({
  ...{ what, ours, against },
  ...{ ratio: null, target: null, met: null },
});
