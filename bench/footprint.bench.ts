// What an idle installation takes: memory (proportional set size: shared pages counted once) of the server, PostgreSQL and
// Asterisk, disk, and how long starts take. A fresh home: cluster and demo-less start, Asterisk already installed; its
// download depends on the network and is told apart.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startParley } from '../e2e/parley.ts';
import { processesOf } from '../e2e/processes.ts';
import { nodeOptions } from './as-npm-starts.ts';
import type { Program } from './program.ts';
import type { Result } from './results.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MB = 1_024;
/** As scripts/launch.mjs has it. */
const asNpmStarts = {
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'parley'),
  NODE_OPTIONS: nodeOptions.join(' '),
};

export const program: Program = {
  about: 'Idle memory (PSS), disk and start times of a whole installation with embedded PostgreSQL and Asterisk.',
  async run({ options, say }) {
    const idleS = Number(options.get('idle') ?? 20);
    const freshStarted = performance.now();
    const parley = await startParley({ voice: 'asterisk', env: asNpmStarts });
    const freshS = (performance.now() - freshStarted) / 1_000;
    try {
      await parley.stop();
      const secondStarted = performance.now();
      await parley.start();
      const secondS = (performance.now() - secondStarted) / 1_000;
      say(`idle for ${idleS} s`);
      await sleep(idleS * 1_000);
      const others = (await processesOf(parley.home)).map((line) => ({ pid: Number.parseInt(line, 10), line }));
      const sizes = await Promise.all(
        others
          .filter(({ pid }) => pid !== parley.pid)
          .map(async ({ pid, line }) => ({ name: nameOf(line), kb: await pssOf(pid) })),
      );
      const node = await pssOf(parley.pid);
      const sum = (name: string) => sizes.filter((one) => one.name === name).reduce((kb, one) => kb + one.kb, 0);
      const all = node + sizes.reduce((kb, one) => kb + one.kb, 0);
      return [
        limited('idle memory of the server', node, 150),
        reported('idle memory of PostgreSQL', megabytes(sum('postgres'))),
        reported('idle memory of Asterisk', megabytes(sum('asterisk'))),
        limited('idle memory of all together', all, 400),
        reported('node_modules, all but what tests keep there', megabytes(modulesKb())),
        reported('Asterisk on disk', megabytes(diskKb(join(root, 'node_modules/.cache/parley/asterisk')))),
        reported('fresh home on disk, without Asterisk', megabytes(diskKb(parley.home))),
        reported('first start of a home, Asterisk installed', `${freshS.toFixed(1)} s`),
        reported('second start', `${secondS.toFixed(1)} s`),
      ];
    } finally {
      await parley.close();
    }
  },
};

async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  if (kb === undefined) throw new Error(`The kernel does not tell the PSS of process ${pid}.`);
  return Number(kb);
}

function nameOf(line: string): 'postgres' | 'asterisk' | 'other' {
  if (line.includes('postgres')) return 'postgres';
  return line.includes('asterisk') ? 'asterisk' : 'other';
}

const diskKb = (path: string): number => Number.parseInt(execFileSync('du', ['-sk', path], { encoding: 'utf8' }), 10);

const modulesKb = (): number => diskKb(join(root, 'node_modules')) - diskKb(join(root, 'node_modules/.cache'));

const megabytes = (kb: number): string => `${Math.round(kb / MB)} MB`;

const reported = (what: string, ours: string): Result => ({
  what,
  ours,
  against: null,
  ratio: null,
  target: null,
  met: null,
});

const limited = (what: string, kb: number, mostMb: number): Result => ({
  ...reported(what, megabytes(kb)),
  target: `≤ ${mostMb} MB`,
  met: kb <= mostMb * MB,
});
