// A program that the server runs and watches, in a process group of its own so that a Ctrl-C reaches it only through us.
//
//   stopped → starting → up → (died) → down ⟲ starting again after a back-off → up …
//   stop() from any state: polite signal, limit of time, SIGKILL for the whole group.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { type Clock, realClock, type Timer } from './clock.ts';
import type { Log } from './log.ts';

export type ChildState = 'stopped' | 'starting' | 'up' | 'down';

export interface ChildOptions {
  /** As people know it: `PostgreSQL`. */
  name: string;
  log: Log;
  clock?: Clock;
  command: readonly [string, ...string[]];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Its standard output and error are appended here. */
  outputFile: string;
  /** Runs before each start: clears what the last one has left. */
  prepare?(): Promise<void>;
  /** Asked every 20 ms until true, at most `readyLimitMs`. */
  isReady(pid: number): Promise<boolean>;
  readyLimitMs: number;
  stopSignal: NodeJS.Signals;
  stopLimitMs: number;
  backoff?: { firstMs: number; maxMs: number };
  /** The first start fails for good after so many tries. */
  firstTries?: number;
}

const MAX_OUTPUT_BYTES = 10_000_000;
/** After so long without a fall, the next one is again a first one. */
const STEADY_MS = 60_000;

export class Child {
  readonly #options: ChildOptions;
  readonly #clock: Clock;
  readonly #listeners = new Set<(state: ChildState) => void>();
  #state: ChildState = 'stopped';
  #process: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  /** The start or restart that is under way; never rejects. */
  #attempt: Promise<void> = Promise.resolve();
  #retry: Timer | null = null;
  #fallsInARow = 0;
  #upSince = 0;
  #wanted = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  get state(): ChildState {
    return this.#state;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  onStateChange(listener: (state: ChildState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when it serves; rejects with `setup.failed` after `firstTries` failures. Later deaths are repaired by itself. */
  async start(): Promise<void> {
    this.#wanted = true;
    for (let tries = 1; ; tries++) {
      try {
        await this.#launch();
        return;
      } catch (cause) {
        if (tries >= (this.#options.firstTries ?? 5) || !this.#wanted) {
          this.#wanted = false;
          this.#become('stopped');
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new AppError('setup.failed', `${this.#options.name} does not start: ${reason}`, { cause });
        }
        await sleep(this.#backoffMs(tries - 1));
      }
    }
  }

  /** Resolves when no process of it is left. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#retry?.cancel();
    const pid = this.pid;
    if (pid !== null) {
      signal(pid, this.#options.stopSignal);
      if (!(await settlesWithin(this.#exited, this.#options.stopLimitMs))) {
        this.#options.log.warn({ child: this.#options.name }, 'child process does not stop and is killed');
        signal(-pid, 'SIGKILL');
        await this.#exited;
      }
      signal(-pid, 'SIGKILL'); // whatever it has started and left behind
    }
    await this.#attempt;
    this.#become('stopped');
  }

  /** One life: rejects when it ends, or is not ready in time, before it has served. */
  async #launch(): Promise<void> {
    const options = this.#options;
    this.#become('starting');
    await options.prepare?.();
    const outputFrom = await rotated(options.outputFile);
    if (!this.#wanted) throw new Error('it was stopped');
    const child = this.#spawn();
    const failure = await this.#untilReady(child);
    if (failure === null) {
      this.#upSince = this.#clock.now();
      this.#become('up');
      options.log.info({ child: options.name, pid: child.pid }, 'child process is up');
      return;
    }
    if (child.pid !== undefined && this.#process === child) signal(-child.pid, 'SIGKILL');
    await this.#exited;
    throw new Error(`${failure}${await lastLine(options.outputFile, outputFrom)}`);
  }

  #spawn(): ChildProcess {
    const [program, ...args] = this.#options.command;
    const output = openSync(this.#options.outputFile, 'a', 0o600);
    const child = spawn(program, args, {
      cwd: this.#options.cwd,
      env: this.#options.env ?? {},
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    this.#process = child;
    this.#exited = new Promise((resolve) => {
      child.once('error', () => {
        this.#process = null;
        resolve();
      });
      child.once('exit', (code, killedBy) => {
        this.#process = null;
        resolve();
        if (this.#state === 'up' && this.#wanted) this.#fell(code, killedBy);
      });
    });
    return child;
  }

  /** Null when ready, else what happened instead. */
  async #untilReady(child: ChildProcess): Promise<string | null> {
    let failed: string | null = null;
    child.once('error', (error) => (failed = error.message));
    child.once('exit', (code, killedBy) => (failed = `it ended with ${killedBy ?? `code ${code}`}`));
    const end = performance.now() + this.#options.readyLimitMs;
    while (failed === null) {
      if (child.pid !== undefined && (await this.#options.isReady(child.pid))) break;
      if (performance.now() > end) return `it is not ready after ${this.#options.readyLimitMs / 1000} s`;
      await sleep(20);
    }
    return failed;
  }

  #fell(code: number | null, killedBy: NodeJS.Signals | null): void {
    this.#become('down');
    this.#options.log.error({ child: this.#options.name, code, signal: killedBy }, 'child process died');
    if (this.#clock.now() - this.#upSince > STEADY_MS) this.#fallsInARow = 0;
    this.#scheduleRestart();
  }

  #scheduleRestart(): void {
    const delayMs = this.#backoffMs(this.#fallsInARow++);
    this.#retry = this.#clock.after(delayMs, () => {
      this.#attempt = this.#relaunch();
    });
  }

  async #relaunch(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      this.#become('down');
      if (!this.#wanted) return;
      this.#options.log.error({ child: this.#options.name, err: error }, 'child process does not come back');
      this.#scheduleRestart();
    }
  }

  #backoffMs(falls: number): number {
    const { firstMs, maxMs } = this.#options.backoff ?? { firstMs: 100, maxMs: 10_000 };
    return Math.min(maxMs, firstMs * 2 ** falls);
  }

  #become(state: ChildState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  const limit = new AbortController();
  const timeout = sleep(ms, false, { signal: limit.signal }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), timeout]);
  limit.abort();
  return inTime;
}

/** Size of the output so far; a file that has grown too large is put aside first. */
async function rotated(file: string): Promise<number> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MAX_OUTPUT_BYTES) return size;
  await rename(file, `${file}.old`);
  return 0;
}

async function lastLine(file: string, from: number): Promise<string> {
  const said = (await readFile(file)).subarray(from).toString('utf8').trim();
  return said === '' ? '' : ` (${said.slice(said.lastIndexOf('\n') + 1)})`;
}
