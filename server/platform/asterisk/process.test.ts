import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { commandLine, identify, isAlive, signal } from './process.ts';

test('a process is known by its start time, so a reused pid is not taken for it', async () => {
  const self = await identify(process.pid);
  expect(await isAlive(self!)).toBe(true);
  expect(await isAlive({ pid: process.pid, startTicks: self!.startTicks - 1 })).toBe(false);
});

test('a process that ended is gone, and a signal to it says so', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const identity = (await identify(child.pid!))!;
  expect(await commandLine(child.pid!)).toEqual(['sleep', '60']);
  expect(signal(identity, 'SIGKILL')).toBe(true);
  await once(child, 'exit');
  expect(await isAlive(identity)).toBe(false);
  expect(await commandLine(child.pid!)).toBeNull();
  expect(signal(identity, 'SIGKILL')).toBe(false);
});
