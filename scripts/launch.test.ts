// What npm and the user's signals see of `scripts/run.mjs` (and so of `npm start`).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const shutdown = join(root, 'server/platform/shutdown.ts');
const launcher = ['node', join(root, 'scripts/run.mjs')];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-launch-'));
  const scripts = { start: `exec ${launcher.join(' ')} ${join(folder, 'server.ts')} 7` };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts }));
  await writeFile(
    join(folder, 'server.ts'),
    `import { onStopRequest } from ${JSON.stringify(shutdown)};
     const alive = setInterval(() => undefined, 1_000);
     onStopRequest((reason: string) => {
       clearInterval(alive);
       console.log('stopped by ' + reason);
       process.exitCode = Number(process.argv[2]);
     });
     console.log('ready ' + process.pid + ' ' + process.versions.node);`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** The program's lines, one at a time. */
function start(command: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  return { child, line };
}

const exitOf = async (child: ChildProcess): Promise<unknown> =>
  child.exitCode ?? (await once(child, 'exit', { signal: AbortSignal.timeout(5_000) }))[0];

test('it runs under Node 24, whatever Node started it', async () => {
  const { child, line } = start([...launcher, join(folder, 'server.ts'), '0']);
  expect(await line()).toMatch(/^ready \d+ 24\./);
  child.kill('SIGTERM');
  expect(await exitOf(child)).toBe(0);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s reaches the program, and its exit code comes back',
  async (signal) => {
    const { child, line } = start([...launcher, join(folder, 'server.ts'), '7']);
    await line();
    child.kill(signal);
    expect(await line()).toBe(`stopped by ${signal}`);
    expect(await exitOf(child)).toBe(7);
  },
);

test('the program stops by itself when the launcher is killed', async () => {
  const { child, line } = start([...launcher, join(folder, 'server.ts'), '0']);
  await line();
  child.kill('SIGKILL');
  expect(await line()).toBe('stopped by launcher gone');
});

test('a program that is killed gives 128 and the number of the signal', async () => {
  const { child, line } = start([...launcher, join(folder, 'server.ts'), '0']);
  const [, pid] = (await line()).split(' ');
  process.kill(Number(pid), 'SIGKILL');
  expect(await exitOf(child)).toBe(137);
});

test('through npm: a signal to npm alone stops the program, and npm waits for it', async () => {
  const { child, line } = start(['npm', 'start', '--silent']);
  expect(await line()).toMatch(/^ready /);
  child.kill('SIGTERM');
  expect(await line()).toBe('stopped by SIGTERM');
  expect(await exitOf(child)).toBe(7);
});

test('through npm: the program stops by itself when npm is killed', async () => {
  const { child, line } = start(['npm', 'start', '--silent']);
  expect(await line()).toMatch(/^ready /);
  child.kill('SIGKILL');
  expect(await line()).toBe('stopped by SIGTERM');
});
