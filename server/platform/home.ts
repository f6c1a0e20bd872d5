// The home: the one folder that holds all data. Two servers never share it.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';

export interface Home {
  /** Absolute. */
  readonly path: string;
  /** Made with the home, and its own ever after. */
  readonly id: string;
  /** Lets the next server in; the end of this process does so as well. */
  release(): void;
}

export interface HomeOptions {
  /** How long another server may take to end. Default: as long as a stop takes at most, for it may just be stopping. */
  waitMs?: number;
  /** Told once, with a sentence for people, when it has to wait. */
  onWait?: (sentence: string) => void;
}

const LONGEST_STOP_MS = 12_000;

/**
 * Makes the folder if need be, closed to other users, and takes its lock. Rejects with `setup.failed`: it cannot be
 * made or written, or another server goes on working in it.
 */
export async function openHome(path: string, options: HomeOptions = {}): Promise<Home> {
  const file = join(path, 'lock');
  const lock = await openLockFile(path, file);
  try {
    await waitForLock(lock, path, options);
    await writeFile(file, `${process.pid}\n`);
    return { path, id: await idOf(path), release: () => closeSync(lock) };
  } catch (error) {
    closeSync(lock);
    throw error;
  }
}

async function idOf(home: string): Promise<string> {
  const file = join(home, 'id');
  if (!(await isThere(file))) {
    // Whole or not there at all, also when a start is cut short.
    await writeFile(`${file}.new`, `${randomUUID()}\n`);
    await rename(`${file}.new`, file);
  }
  return (await readFile(file, 'utf8')).trim();
}

async function waitForLock(
  lock: number,
  path: string,
  { waitMs = LONGEST_STOP_MS, onWait }: HomeOptions,
): Promise<void> {
  const end = performance.now() + waitMs;
  for (let tries = 0; !takeLock(lock); tries++) {
    const holder = (await readFile(join(path, 'lock'), 'utf8')).trim();
    const sentence = `Another Parley (process ${holder}) works in ${path}`;
    if (performance.now() >= end)
      throw new AppError('setup.failed', `${sentence}; give this one a PARLEY_HOME of its own.`);
    if (tries === 0) onWait?.(`${sentence}; waiting ${waitMs / 1000} s for it to end.`);
    await sleep(100);
  }
}

async function openLockFile(home: string, file: string): Promise<number> {
  try {
    await makeFolder(home);
    return openSync(file, 'a', 0o600);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new AppError('setup.failed', `PARLEY_HOME must be a folder that can be written, not ${home} (${code}).`, {
      cause,
    });
  }
}

/** With its parents. (Node's own `recursive` goes round for ever where a parent is there but takes no folder, as in /proc.) */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || (await isThere(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

const TAKEN = 75;

/**
 * The kernel's lock belongs to the open file, not to the process that asked for it: `flock` takes it on our descriptor and
 * ends; it is ours until we close the file or die, however we die.
 */
function takeLock(descriptor: number): boolean {
  const args = ['--exclusive', '--nonblock', '--conflict-exit-code', String(TAKEN), '3'];
  const { status, error } = spawnSync('flock', args, { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
  if (status === 0) return true;
  if (status === TAKEN) return false;
  throw new AppError('setup.failed', 'The home cannot be locked: `flock` of util-linux is needed.', { cause: error });
}
