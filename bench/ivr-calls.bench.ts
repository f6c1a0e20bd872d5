// Calls through an IVR that asks a customer's URL, on a real Asterisk with SIPp as callers.
import { listen } from './ivr-calls/audio.ts';
import { stepTimes } from './ivr-calls/steps.ts';
import type { Program } from './program.ts';
import type { Result } from './results.ts';

/** Asterisk sends a packet each 20 ms; a telephone's jitter buffer holds 60 ms and more. */
const gapMs = 60;
/** Code is compiled, connections are there. */
const warmUpS = 6;

export const program: Program = {
  about:
    'Call Interactive on a real Asterisk. Steps: from an event of Asterisk to the customer’s URL being asked, and from its answer to the command at Asterisk, both noted outside the server. Audio: callers listen at once to a sound that an answer plays; a gap is more than 60 ms between two packets of it, as they arrive.',
  parts: ['steps', 'audio'],
  run: ({ options, part, say }) =>
    part === 'steps'
      ? steps(Number(options.get('rate') ?? 50), Number(options.get('seconds') ?? 20), say)
      : audio(Number(options.get('callers') ?? 200), say),
};

async function steps(perSecond: number, seconds: number, say: (line: string) => void): Promise<Result[]> {
  const { factToQuestion, answerToCommand, calls } = await stepTimes(perSecond, seconds, warmUpS);
  say(`${calls} calls`);
  const result = (what: string, times: readonly number[]): Result => {
    const [median, p95, p99, longest] = [0.5, 0.95, 0.99, 1].map((share) => quantile(times, share));
    const figures = { median, p95, p99, longest };
    const ours = Object.entries(figures).map(([name, ms]) => `${name} ${ms!.toFixed(1)} ms`);
    return {
      what: `${what}, ${times.length} at ${perSecond} calls/s`,
      ...{ ours: ours.join(', '), against: null, ratio: null },
      ...{ target: 'p99 ≤ 25 ms', met: p99! <= 25 },
    };
  };
  return [result('fact → question', factToQuestion), result('answer → command', answerToCommand)];
}

async function audio(count: number, say: (line: string) => void): Promise<Result[]> {
  const heard = await listen(count, gapMs);
  const sum = (of: (one: (typeof heard)[number]) => number) => heard.reduce((total, one) => total + of(one), 0);
  const longest = Math.max(...heard.map(({ longestGapMs }) => longestGapMs));
  const gaps = sum((one) => one.gaps);
  say(`${sum((one) => one.packets)} packets, the fewest of a caller ${Math.min(...heard.map((one) => one.packets))}`);
  return [
    {
      what: `${heard.length} callers at once, ${sum((one) => one.packets)} packets`,
      ours: `${gaps} gaps, longest ${longest.toFixed(0)} ms, ${sum((one) => one.lost)} packets lost`,
      ...{ against: null, ratio: null },
      ...{ target: 'no gap', met: heard.length === count && gaps === 0 },
    },
  ];
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (at === undefined) throw new Error('Nothing was measured.');
  return at;
}
