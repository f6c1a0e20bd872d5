// Random days by the million, in portions, so that progress is seen and a failure names the seed that shows it again.
import fc from 'fast-check';
import { anyDay } from './any-day.ts';
import { liveThrough } from './random-day.ts';

const portion = 10_000;

export interface SoakReport {
  runs: number;
  runsPerSecond: number;
  /** Of the first day that went wrong, made as small as possible; empty: none did. */
  faults: string[];
}

export async function soakDistribution(options: {
  runs: number;
  seed: number;
  say(line: string): void;
}): Promise<SoakReport> {
  const begun = performance.now();
  let runs = 0;
  for (let seed = options.seed; runs < options.runs; seed++) {
    const numRuns = Math.min(portion, options.runs - runs);
    const faults = await faultsOf(numRuns, seed);
    runs += numRuns;
    const runsPerSecond = Math.round(runs / ((performance.now() - begun) / 1_000));
    options.say(`${runs} runs, ${runsPerSecond} a second`);
    if (faults.length > 0 || runs >= options.runs) return { runs, runsPerSecond, faults };
  }
  return { runs, runsPerSecond: 0, faults: [] };
}

async function faultsOf(numRuns: number, seed: number): Promise<string[]> {
  const property = fc.asyncProperty(anyDay, async (day) => {
    const faults = await liveThrough(day);
    if (faults.length > 0) throw new Error(faults.join('\n'));
  });
  const found = await fc.check(property, { numRuns, seed });
  if (!found.failed) return [];
  const [day] = found.counterexample ?? [];
  return [`seed ${seed}: ${JSON.stringify(day)}`, String(found.errorInstance)];
}
