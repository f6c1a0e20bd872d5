// A start that is expected to fail: what it says, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freeTcpPort } from './peers/ports.ts';

const main = fileURLToPath(new URL('../server/main.ts', import.meta.url));
const longestStartMs = 60_000;

export interface FailedStart {
  code: number | null;
  /** Lines on standard error that are no log lines: what a person is to read. */
  said: string[];
  /** Standard output. */
  output: string;
}

/** By default with the simulated engine, a port of its own and no demo. Waits for its end. */
export async function failingStart(env: Readonly<Record<string, string>>): Promise<FailedStart> {
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PARLEY_VOICE: 'simulated',
      PARLEY_PORT: String(await freeTcpPort()),
      PARLEY_DEMO: '0',
      ...env,
    },
  });
  const limit = setTimeout(() => child.kill('SIGTERM'), longestStartMs);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  clearTimeout(limit);
  const said = errors.split('\n').filter((line) => line !== '' && !line.startsWith('{"level":'));
  return { code: child.exitCode, said, output };
}
