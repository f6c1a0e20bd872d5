import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Child, type ChildOptions, type ChildState } from './child.ts';
import { VirtualClock } from './clock.ts';
import { recordingLog } from './testing/recording-log.ts';

let folder: string;
let readyFile: string;
const children: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-child-'));
  readyFile = join(folder, 'ready');
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.stop()));
  await rm(folder, { recursive: true });
});

/** A shell script that is ready once it has written the ready file. */
function aChild(script: string, differs: Partial<ChildOptions> = {}) {
  const clock = new VirtualClock();
  const { log, lines } = recordingLog();
  const child = new Child({
    name: 'Echo',
    log,
    clock,
    command: ['sh', '-c', script],
    env: { PATH: process.env['PATH'], READY: readyFile },
    outputFile: join(folder, 'log'),
    isReady: async (pid) => (await readFile(readyFile, 'utf8').catch(() => '')).trim() === String(pid),
    readyLimitMs: 5_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 300,
    backoff: { firstMs: 10, maxMs: 30 },
    ...differs,
  });
  children.push(child);
  const states: ChildState[] = [];
  child.onStateChange((state) => states.push(state));
  return { child, clock, lines, states };
}

const serves = 'echo $$ > "$READY"; exec sleep 60';
/** A zombie, which nobody has reaped yet, is dead. */
const isAlive = async (pid: number): Promise<boolean> =>
  /^\d+ \(.*\) [^ZX]/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));

test('it is up when it says so, in a process group of its own, and gone when stopped', async () => {
  const { child, states } = aChild(serves);
  await child.start();
  const pid = child.pid!;
  expect((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[4]).toBe(String(pid));
  await child.stop();
  expect(await isAlive(pid)).toBe(false);
  expect(states).toEqual(['starting', 'up', 'stopped']);
});

test('killed, it is told and started again after the back-off, not before', async () => {
  const { child, clock, lines, states } = aChild(serves);
  await child.start();
  const first = child.pid!;
  process.kill(first, 'SIGKILL');
  await vi.waitUntil(() => child.state === 'down');
  await clock.advance(9);
  expect(child.state).toBe('down');
  await clock.advance(1);
  await vi.waitUntil(() => child.state === 'up');
  expect(child.pid).not.toBe(first);
  expect(states).toEqual(['starting', 'up', 'down', 'starting', 'up']);
  expect(lines.filter((line) => line.level === 'error')).toMatchObject([{ child: 'Echo', signal: 'SIGKILL' }]);
});

test('the back-off doubles up to its limit while it keeps falling', async () => {
  const { child, clock } = aChild(
    `${serves.replace('exec sleep 60', '')} [ -e ${'"$READY.die"'} ] || exec sleep 60; exit 3`,
  );
  await child.start();
  await writeFile(`${readyFile}.die`, '');
  process.kill(child.pid!, 'SIGKILL');
  for (const delayMs of [10, 20, 30, 30]) {
    await vi.waitUntil(() => child.state === 'down');
    await clock.advance(delayMs - 1);
    expect(child.state).toBe('down');
    await clock.advance(1);
    expect(child.state).not.toBe('down');
  }
});

test('a first start that keeps failing is given up with its last words', async () => {
  const { child } = aChild('echo "no such option" >&2; exit 2', { firstTries: 2 });
  await expect(child.start()).rejects.toMatchObject({
    code: 'setup.failed',
    message: 'Echo does not start: it ended with code 2 (no such option)',
  });
  expect(child.state).toBe('stopped');
});

test('a first start that fails once is tried again', async () => {
  const { child } = aChild('[ -e "$READY.once" ] || { touch "$READY.once"; exit 1; }; ' + serves);
  await child.start();
  expect(child.state).toBe('up');
});

test('a program that does not exist is told', async () => {
  const { child } = aChild('', { command: ['/nowhere/program'], firstTries: 1 });
  await expect(child.start()).rejects.toThrow('Echo does not start: spawn /nowhere/program ENOENT');
});

test('one that is not ready in time is killed', async () => {
  const { child } = aChild('echo $$ > "$READY.pid"; exec sleep 60', { readyLimitMs: 200, firstTries: 1 });
  await expect(child.start()).rejects.toThrow('it is not ready after 0.2 s');
  expect(await isAlive(Number(await readFile(`${readyFile}.pid`, 'utf8')))).toBe(false);
});

test('one that ignores the signal is killed after the limit, with all that it has started', async () => {
  const { child, lines } = aChild(`trap '' TERM; sleep 61 & echo $! > "$READY.pid"; echo $$ > "$READY"; wait; wait`);
  await child.start();
  const pid = child.pid!;
  const grandchild = Number(await readFile(`${readyFile}.pid`, 'utf8'));
  await child.stop();
  await vi.waitUntil(async () => !(await isAlive(grandchild)));
  expect(await isAlive(pid)).toBe(false);
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', child: 'Echo' }));
});

test('stopped while it is down, it does not come back', async () => {
  const { child, clock } = aChild(serves);
  await child.start();
  process.kill(child.pid!, 'SIGKILL');
  await vi.waitUntil(() => child.state === 'down');
  await child.stop();
  await clock.advance(1_000);
  expect([child.state, child.pid]).toEqual(['stopped', null]);
});
