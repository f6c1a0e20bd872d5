// The worker in a process of its own, so that its memory is only its own.
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../as-npm-starts.ts';
import type { Parts } from './throughput.ts';
import { fill } from './throughput.ts';
import type { Result } from '../results.ts';
import { anEndpoint, aSpace, startRig } from '../../server/delivery/testing/rig.ts';
import { type DatabaseAddress, openDatabase } from '../../server/platform/db.ts';
import { silentLog } from '../../server/platform/log.ts';

/** A backlog over ten endpoints: eight that take everything, one that fails, one that never answers. */
export async function memoryWithBacklog(parts: Parts, backlog: number): Promise<Result> {
  const { database, receiver, say } = parts;
  const space = await aSpace(database);
  for (let at = 0; at < 10; at++) {
    const url = receiver.url(at === 0 ? '/status/500' : at === 1 ? '/hangs' : '/ok');
    const { id } = await anEndpoint(database, space, url);
    await fill(database, space, id, backlog / 10);
  }
  say(`${backlog} pushes wait`);
  const worker = fork(fileURLToPath(import.meta.url), [JSON.stringify(database.address)], {
    stdio: 'inherit',
    execArgv: [...nodeOptions],
  });
  let most = 0;
  for (let second = 0; second < 20; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    most = Math.max(most, await rssOf(worker.pid!));
  }
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGKILL');
  await ended;
  say(`${await receiver.count()} sent meanwhile`);
  return {
    what: `node RSS while ${backlog} pushes wait and are sent, 20 s`,
    ours: `${most} MB`,
    against: null,
    ratio: null,
    target: '≤ 300 MB',
    met: most <= 300,
  };
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1_024);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const database = openDatabase(JSON.parse(process.argv[2]!) as DatabaseAddress, { log: silentLog });
  await startRig({ database });
  setInterval(() => undefined, 60_000);
}
