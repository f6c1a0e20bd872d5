// A delivery worker in a process of its own, to be killed, stopped and continued. Says `ready` when it holds its leases.
//
//   node worker-process.ts '{"address":{…},"leaseMs":1000}'
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type DatabaseAddress, openDatabase } from '../../platform/db.ts';
import { silentLog } from '../../platform/log.ts';
import { startRig } from './rig.ts';

export interface WorkerProcess {
  pid: number;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): Promise<void>;
}

export async function startWorkerProcess(address: DatabaseAddress, leaseMs: number): Promise<WorkerProcess> {
  const argument = JSON.stringify({ address, leaseMs });
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), argument], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await ready(child);
  return {
    pid: child.pid!,
    signal: (signal) => void child.kill(signal),
    kill: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`The worker has ended before it was ready: ${code}.`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address, leaseMs } = JSON.parse(process.argv[2]!) as { address: DatabaseAddress; leaseMs: number };
  const database = openDatabase(address, { log: silentLog });
  process.stdin.on('end', () => process.exit()).resume();
  await startRig({ database, leaseMs });
  process.stdout.write('ready\n');
}
