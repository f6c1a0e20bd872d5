// Runs a TypeScript program of ours under Node 24 as if it were this process: signals go in, the exit code comes out.
//
// If we are killed with no chance to pass a signal on, the IPC channel closes, and the program stops by itself
// (server/platform/shutdown.ts). If npm above us is killed so, we notice that our parent has changed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { passSignals, root } from './prepare.mjs';

const PARENT_CHECK_MS = 500;

// Sized by the machine's memory otherwise, the young generation alone grows to 128 MB and stays there; with 16 an idle
// server takes 14 MB more. The server collects once what its start has left (server/main.ts).
const memory = ['--max-semi-space-size=8', '--expose-gc'];

/** Resolves to the exit code, 128 + n after signal n. `file` is relative to the repository. */
export async function launch(node, file, args) {
  const parent = process.ppid;
  const child = spawn(node, [...memory, join(root, file), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'parley'), ...process.env },
  });
  const release = passSignals(child);
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    clearInterval(watch);
    release();
  }
}
