// A whole Parley with a queue of sandbox agents, who answer after 2 s.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Desk } from '../../e2e/desk.ts';
import { type Parley, startParley } from '../../e2e/parley.ts';
import { findAsterisk } from '../../server/platform/asterisk/run.ts';
import { rtp } from './dialplan-side.ts';
import { withChildren } from './process-cpu.ts';
import type { Side } from './side.ts';

export interface ParleySide extends Side {
  /** Of all answers so far: how many took at most so many seconds until the first command. The last one: all. */
  answers(): Promise<{ upToS: number; count: number }[]>;
}

export async function parleySide(agents: number): Promise<ParleySide> {
  const env = { PARLEY_RTP_PORTS: `${rtp.first}-${rtp.udptlLast}`, PARLEY_LOG_LEVEL: 'warn' };
  const parley = await startParley({ voice: 'asterisk', env });
  const names = Array.from({ length: agents }, (_, at) => `Agent${at}`);
  const desk = await Desk.open(parley, { agents: [], sandboxAgents: names });
  for (const name of names) await desk.state(name, 'available');
  return {
    name: 'parley',
    sipPort: parley.sipPort,
    callerPort: desk.trunkPort,
    processes: () => processesOf(parley),
    async talked() {
      const line = (await metricsOf(parley))
        .split('\n')
        .find((each) => each.startsWith('parley_queue_wait_seconds_count{end="connected"}'));
      return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')));
    },
    async answers() {
      const bucket = /^parley_answer_to_command_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;
      return [...(await metricsOf(parley)).matchAll(bucket)].map(([, upTo, count]) => ({
        upToS: upTo === '+Inf' ? Infinity : Number(upTo),
        count: Number(count),
      }));
    },
    close: () => parley.close(),
  };
}

async function processesOf({ pid, home }: Parley): Promise<Map<string, number[]>> {
  const asterisk = await findAsterisk(join(home, 'asterisk-run'));
  const [postmaster] = (await readFile(join(home, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
  return new Map([
    ['Asterisk', asterisk ? [asterisk.pid] : []],
    ['node', [pid]],
    ['PostgreSQL', await withChildren(Number(postmaster))],
  ]);
}

async function metricsOf(parley: Parley): Promise<string> {
  const response = await fetch(`${parley.url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return response.text();
}
