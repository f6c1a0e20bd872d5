// One who answers SIPp's calls, and SIPp against it at a rate.
import { setTimeout as sleep } from 'node:timers/promises';
import { did } from '../../e2e/desk.ts';
import { callers } from '../../e2e/peers/sipp.ts';
import { cpuMsOf } from './process-cpu.ts';

export interface Side {
  name: string;
  sipPort: number;
  /** The caller's own port, by which he is known. */
  callerPort: number;
  /** By what they are: `Asterisk`, `node` … */
  processes(): Promise<ReadonlyMap<string, readonly number[]>>;
  /** How many callers have talked to an agent since the start; null: there are no agents. */
  talked(): Promise<number | null>;
  close(): Promise<void>;
}

export interface Load {
  /** Every call ended well, for SIPp and for the side. */
  clean: boolean;
  /** Of each kind of process, ms of CPU a call. */
  cpuMs: ReadonlyMap<string, number>;
}

const talkMs = 2_600;
/** Counters and the CPU of hang-ups follow a moment later. */
const settleMs = 1_000;

export async function load(side: Side, perSecond: number, seconds: number, say: (line: string) => void): Promise<Load> {
  const calls = perSecond * seconds;
  const before = await cpuOf(side);
  const talkedBefore = await side.talked();
  const run = await callers({
    to: { port: side.sipPort, number: did },
    port: side.callerPort,
    talkForMs: talkMs,
    audio: false,
    calls,
    perSecond,
    atOnce: 4_000,
    limitMs: 12_000,
  });
  try {
    const { succeeded, failed } = await run.done(90_000);
    await sleep(settleMs);
    const talked = await side.talked();
    const well = talked === null ? succeeded : talked - (talkedBefore ?? 0);
    const after = await cpuOf(side);
    const cpuMs = new Map([...after].map(([kind, ms]) => [kind, (ms - (before.get(kind) ?? 0)) / calls]));
    say(
      `${side.name} ${perSecond} calls/s: ${succeeded} of ${calls} ended well for SIPp, ${failed} failed, ${well} as they should; CPU a call ${cpuText(cpuMs)}`,
    );
    return { clean: failed === 0 && succeeded >= calls && well >= calls, cpuMs };
  } finally {
    await run.close();
  }
}

export interface Highest {
  perSecond: number;
  cpuMs: ReadonlyMap<string, number>;
}

/** The highest clean rate: up from the first by a fifth each, or down from it if that is too much already. */
export async function highest(
  side: Side,
  first: number,
  seconds: number,
  say: (line: string) => void,
): Promise<Highest> {
  let best: Highest | null = null;
  for (let rate = first; rate >= 1; rate = Math.round(best ? rate * 1.2 : rate / 1.2)) {
    const { clean, cpuMs } = await load(side, rate, seconds, say);
    if (clean) best = { perSecond: rate, cpuMs };
    if (best && (!clean || rate < first)) return best;
  }
  throw new Error(`${side.name} answers no call as it should.`);
}

export function cpuText(cpuMs: ReadonlyMap<string, number>): string {
  return [...cpuMs].map(([kind, ms]) => `${kind} ${ms.toFixed(1)} ms`).join(', ');
}

async function cpuOf(side: Side): Promise<Map<string, number>> {
  const processes = await side.processes();
  return new Map(
    await Promise.all([...processes].map(async ([kind, pids]) => [kind, await cpuMsOf(pids)] as [string, number])),
  );
}
