// A PostgreSQL data folder: made whole or not at all, and cleared of whoever a kill -9 has left in it.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import type { Log } from '../log.ts';
import type { Binaries } from './binaries.ts';
import type { RunAs } from './run-as.ts';

export const SUPERUSER = 'parley';
export const DATABASE = 'parley';

const MAJOR_VERSION_FILE = 'PG_VERSION';

/**
 * Creates the cluster with the database `parley` in `folder`/data and its password in `folder`/password, unless they are there.
 * Returns the password. Rejects with `setup.failed`.
 */
export async function ensureCluster(folder: string, binaries: Binaries, runAs: RunAs): Promise<string> {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const major = await readIfThere(join(data, MAJOR_VERSION_FILE));
  const expected = binaries.version.split('.')[0];
  if (major !== null) {
    if (major.trim() !== expected) {
      const both = `It was made by PostgreSQL ${major.trim()}; this version of Parley brings ${expected}`;
      throw new AppError('setup.failed', `The data in ${data} cannot be used. ${both}.`);
    }
    return (await readFile(passwordFile, 'utf8')).trim();
  }

  const half = `${data}.new`;
  await rm(half, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs.owner) await chown(passwordFile, runAs.owner.uid, runAs.owner.gid);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  await runTool(runAs, [join(binaries.folder, 'bin/initdb'), `--pgdata=${half}`, ...access, ...locale]);
  const singleUser = ['--single', '-D', half, '-c', 'exit_on_error=on', 'postgres'];
  await runTool(runAs, [join(binaries.folder, 'bin/postgres'), ...singleUser], `create database ${DATABASE}\n`);
  await rename(half, data);
  return password;
}

async function runTool(runAs: RunAs, command: string[], input = ''): Promise<void> {
  const [program, ...args] = [...runAs.wrapper, ...command] as [string, ...string[]];
  await new Promise<void>((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: 60_000, env: { LC_ALL: 'C', TZ: 'UTC' } },
      (error, _stdout, stderr) => {
        if (!error) resolve();
        else reject(new AppError('setup.failed', `PostgreSQL cannot be set up: ${stderr.trim()}`, { cause: error }));
      },
    );
    child.stdin?.end(input);
  });
}

/**
 * Ends what still works on the data folder after its server died: an orphaned postmaster (politely first: it writes a
 * checkpoint), then backends whose postmaster is gone. Removes a stale lock file: the process id in it may by now be
 * somebody else's, and PostgreSQL would refuse to start for ever. Safe since version 12: what still runs is told by the
 * shared memory block, whose key comes from the folder itself.
 */
export async function clearOrphans(data: string, log: Log): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const lock = await readIfThere(pidFile);
  if (lock === null) return;
  const postmaster = Number.parseInt(lock, 10);
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', 15_000],
    ['SIGQUIT', 3_000],
    ['SIGKILL', 3_000],
  ];
  for (const [signal, limitMs] of steps) {
    const running = await processesIn(data);
    if (running.length === 0) break;
    log.warn({ signal, processes: running.length }, 'ending an orphaned PostgreSQL');
    for (const pid of running.includes(postmaster) ? [postmaster] : running) signalIfThere(pid, signal);
    await gone(data, limitMs);
  }
  await rm(pidFile, { force: true });
}

async function gone(data: string, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end && (await processesIn(data)).length > 0) await sleep(20);
}

/** PostgreSQL's processes live in their data folder. Linux only, as the binaries are. */
async function processesIn(data: string): Promise<number[]> {
  const folder = await realpath(data);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await readlinkIfAllowed(`/proc/${pid}/cwd`)) === folder ? Number(pid) : null)),
  );
  return found.filter((pid) => pid !== null);
}

async function readlinkIfAllowed(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    // Gone meanwhile, a kernel thread, or somebody else's: none of ours.
    if (['ENOENT', 'EACCES', 'ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Makes a folder that only its owner may enter. */
export async function privateFolder(path: string, runAs: RunAs): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (runAs.owner) await chown(path, runAs.owner.uid, runAs.owner.gid);
}

/** PostgreSQL writes its state into the lock file's eighth line. */
export async function isReady(data: string, pid: number): Promise<boolean> {
  const lines = (await readIfThere(join(data, 'postmaster.pid')))?.split('\n');
  return lines?.[0] === String(pid) && lines[7]?.trim() === 'ready';
}
