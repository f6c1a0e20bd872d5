// A start that comes to nothing, by itself or because it is stopped: what it says, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { eventually } from './parley.ts';
import { freeTcpPort } from './peers/ports.ts';

const main = fileURLToPath(new URL('../server/main.ts', import.meta.url));
const longestStartMs = 100_000;

export interface FailedStart {
  code: number | null;
  /** Lines on standard error that are no log lines: what a person is to read. */
  said: string[];
  /** Standard output. */
  output: string;
}

/** By default with the simulated engine, a port of its own and no demo. Waits for its end; `stopAt`: it is asked to stop then. */
export async function failingStart(
  env: Readonly<Record<string, string>>,
  stopAt?: () => Promise<boolean>,
): Promise<FailedStart> {
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
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (stopAt) {
    await eventually('it has come so far', stopAt, longestStartMs);
    child.kill('SIGTERM');
  }
  const [output, errors] = await ended;
  clearTimeout(limit);
  const said = errors.split('\n').filter((line) => line !== '' && !line.startsWith('{"level":'));
  return { code: child.exitCode, said, output };
}
