// SIPp calls a DID; Parley on Asterisk answers, queues, rings a free agent on a sandbox phone (who answers after 2 s), puts
// through, and the caller hangs up. Against it a bare Asterisk whose dialplan answers the same SIPp. Rates rise until calls
// fail; a rate counts when every one of its calls went well, and at Parley every caller talked to an agent.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Desk, did } from '../e2e/desk.ts';
import { type Parley, startParley } from '../e2e/parley.ts';
import { callers } from '../e2e/peers/sipp.ts';
import { type Asterisk, startAsterisk } from '../server/platform/asterisk/asterisk.ts';
import { asteriskForTests, provision } from '../server/platform/asterisk/testing.ts';
import { freePort } from '../server/platform/asterisk/testing-ports.ts';
import { silentLog } from '../server/platform/log.ts';
import type { Program } from './program.ts';

const TALK_MS = 2_600;
const RTP = { first: 34_000, last: 43_999, udptlFirst: 44_000, udptlLast: 44_999 };

export const program: Program = {
  about:
    'Highest rate of SIPp calls that are all answered, queued to an agent and ended, against a bare Asterisk dialplan that answers them.',
  async run({ options, say }) {
    const seconds = Number(options.get('seconds') ?? 8);
    const agents = Number(options.get('agents') ?? 600);
    const steady = Number(options.get('steady') ?? 50);
    const from = Number(options.get('from') ?? 30);
    const bare = await highest('bare', ladder(from * 8), say, await bareAsterisk(), seconds);
    const parley = await highest('parley', ladder(from), say, await parleyWith(agents, say), seconds);
    const latency = await answerLatency(steady, Math.max(seconds, 10), agents, say);
    return [
      {
        what: 'calls/s without a failure',
        ours: `${parley} calls/s`,
        against: `${bare} calls/s`,
        ratio: parley / bare,
        target: '≥ 0.3',
        met: parley / bare >= 0.3,
      },
      {
        what: `answer → first command at ${steady} calls/s`,
        ours: `p95 ≤ ${latency} ms`,
        against: null,
        ratio: null,
        target: '≤ 10 ms',
        met: latency <= 10,
      },
    ];
  },
};

/** Each a fifth more than the one before, without end. */
function* ladder(from: number): Generator<number> {
  for (let rate = from; ; rate *= 1.2) yield Math.round(rate);
}

interface Side {
  sipPort: number;
  /** The caller's own port, by which he is known. */
  callerPort: number;
  /** How many calls went as they should since the last asking. */
  wentWell(): Promise<number>;
  close(): Promise<void>;
}

async function highest(
  name: string,
  rates: Iterable<number>,
  say: (line: string) => void,
  side: Side,
  seconds: number,
): Promise<number> {
  let best = 0;
  try {
    for (const rate of rates) {
      const calls = rate * seconds;
      const { succeeded, failed } = await load(side, rate, calls);
      const well = await side.wentWell();
      say(
        `${name} ${rate} calls/s: ${succeeded} of ${calls} ended well for SIPp, ${failed} failed, ${well} as they should`,
      );
      if (failed > 0 || succeeded < calls || well < calls) break;
      best = rate;
    }
  } finally {
    await side.close();
  }
  return best;
}

async function load(side: Side, perSecond: number, calls: number) {
  const run = await callers({
    to: { port: side.sipPort, number: did },
    port: side.callerPort,
    talkForMs: TALK_MS,
    audio: false,
    calls,
    perSecond,
    atOnce: 4_000,
    limitMs: 30_000,
  });
  try {
    return await run.done(120_000);
  } finally {
    await run.close();
  }
}

async function bareAsterisk(): Promise<Side> {
  const home = await mkdtemp(join(tmpdir(), 'parley-bench-bare-'));
  const sipPort = await freePort();
  const callerPort = await freePort();
  const asterisk: Asterisk = await startAsterisk({
    home,
    install: await asteriskForTests(),
    config: { sipHost: '127.0.0.1', sipPort, publicAddress: null, rtp: RTP },
    dialplan: `[trunk]\nexten => _X.,1,Answer()\n same => n,Wait(60)\n same => n,Hangup()\n`,
    log: silentLog,
  });
  await provision(asterisk, 'endpoint/sipp', {
    context: 'trunk',
    disallow: 'all',
    allow: 'ulaw',
    direct_media: 'no',
    media_address: '127.0.0.1',
    bind_rtp_to_media_address: 'yes',
  });
  await provision(asterisk, 'identify/sipp', { endpoint: 'sipp', match: `127.0.0.1:${callerPort}` });
  return {
    sipPort,
    callerPort,
    wentWell: async () => Infinity,
    async close() {
      await asterisk.stop();
      await rm(home, { recursive: true });
    },
  };
}

async function parleyWith(agents: number, say: (line: string) => void): Promise<Side & { parley: Parley }> {
  const env = { PARLEY_RTP_PORTS: `${RTP.first}-${RTP.udptlLast}`, PARLEY_LOG_LEVEL: 'warn' };
  const parley = await startParley({ voice: 'asterisk', env });
  const names = Array.from({ length: agents }, (_, at) => `Agent${at}`);
  const desk = await Desk.open(parley, { agents: [], sandboxAgents: names });
  for (const name of names) await desk.state(name, 'available');
  say(`parley has ${agents} agents`);
  let before = 0;
  return {
    parley,
    sipPort: parley.sipPort,
    callerPort: desk.trunkPort,
    async wentWell() {
      // What was committed is counted a moment later.
      await sleep(1_500);
      const connected = await figure(parley, 'parley_queue_wait_seconds_count{end="connected"}');
      const since = connected - before;
      before = connected;
      return since;
    },
    close: () => parley.close(),
  };
}

/** Upper bound of the histogram's bucket in which the 95th percentile lies. */
async function answerLatency(
  rate: number,
  seconds: number,
  agents: number,
  say: (line: string) => void,
): Promise<number> {
  const side = await parleyWith(agents, say);
  try {
    await load(side, rate, rate * seconds);
    const text = await metricsOf(side.parley);
    const buckets = [...text.matchAll(/^parley_answer_to_command_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)];
    const all = Number(buckets.at(-1)?.[2] ?? 0);
    if (all === 0) throw new Error('No answer was measured.');
    const bucket = buckets.find(([, , count]) => Number(count) >= 0.95 * all);
    return Number(bucket?.[1]) * 1_000;
  } finally {
    await side.close();
  }
}

async function figure(parley: Parley, name: string): Promise<number> {
  const line = (await metricsOf(parley)).split('\n').find((each) => each.startsWith(name));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')));
}

async function metricsOf(parley: Parley): Promise<string> {
  const response = await fetch(`${parley.url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return response.text();
}
