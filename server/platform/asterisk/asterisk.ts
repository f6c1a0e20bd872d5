// Asterisk's life under Parley.
//
//   start ─ ours alive and answering, same configuration? ─ yes ─→ attach ─┐
//              no: end what is left of ours, write etc/, spawn ────────────┴→ up ─ died ─→ down ─ back-off ─ spawn …
//   stop: SIGTERM, and SIGKILL after the limit
//
// It is spawned detached with its output in files, so calls go on when the server is killed; the next start attaches. As
// an attached Asterisk is no child of ours, every one is watched the same way: by its pid and start time.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import type { Log } from '../log.ts';
import { answersPing, type AriAccess, ariAccessIn, ariUrl, moveAriAccess } from './access.ts';
import type { AsteriskConfig } from './configuration.ts';
import type { AsteriskInstall } from './install.ts';
import { isFreeLoopbackPort, requireFreeSipPort } from './ports.ts';
import { isAlive, type ProcessIdentity, signal } from './process.ts';
import { findAsterisk, Run } from './run.ts';

export interface StartAsterisk {
  /** PARLEY_HOME; everything of the run lies in `<home>/asterisk-run`. */
  home: string;
  install: AsteriskInstall;
  config: AsteriskConfig;
  /** Text of extensions.conf's contexts. */
  dialplan: string;
  log: Log;
}

/** down: it died and comes back; stopped: we stopped it. */
export type AsteriskState = 'up' | 'down' | 'stopped';

export interface Asterisk {
  /** `url` without the trailing slash: `http://127.0.0.1:<port>/ari`. It may change while Asterisk is down. */
  readonly ari: { url: string; user: string; password: string };
  /** As `22.10.1`. */
  readonly version: string;
  /** Where recordings made by ARI lie. */
  readonly recordingDir: string;
  readonly state: AsteriskState;
  /** Null while it is down. */
  readonly pid: number | null;
  /** Whether the start found it alive, with its calls. */
  readonly attached: boolean;
  onStateChange(listener: (state: AsteriskState) => void): () => void;
  /** Ends Asterisk and its calls within 7 s. */
  stop(): Promise<void>;
}

const startLimitMs = 20_000;
const attachLimitMs = 3_000;
const watchEveryMs = 250;
const steadyAfterMs = 60_000;

interface LimitedSignal {
  name: 'SIGTERM' | 'SIGKILL';
  limitMs: number;
}
const killSignals: readonly LimitedSignal[] = [{ name: 'SIGKILL', limitMs: 2_000 }];
const stopSignals: readonly LimitedSignal[] = [{ name: 'SIGTERM', limitMs: 5_000 }, ...killSignals];

/** Rejects with `setup.failed`. */
export async function startAsterisk(options: StartAsterisk): Promise<Asterisk> {
  const run = new Run(runHomeIn(options.home), options);
  await run.makeFolders();
  const supervised = new SupervisedAsterisk(options, run, await ariAccessIn(run.home));
  await supervised.start();
  return supervised;
}

/** Ends the Asterisk that a server left behind in that home, if one did. */
export async function endAsteriskOf(home: string): Promise<void> {
  const found = await findAsterisk(runHomeIn(home));
  if (found !== null) await end(found, killSignals);
}

function runHomeIn(home: string): string {
  return join(home, 'asterisk-run');
}

/** Before the next try, after `failures` in a row: 0.5 s, doubled up to 30 s. */
export function restartDelayMs(failures: number): number {
  return Math.min(30_000, 500 * 2 ** Math.max(0, failures - 1));
}

class SupervisedAsterisk implements Asterisk {
  readonly #log: Log;
  readonly #install: AsteriskInstall;
  readonly #config: AsteriskConfig;
  readonly #run: Run;
  readonly #listeners = new Set<(state: AsteriskState) => void>();
  readonly #ending = new AbortController();
  #access: AriAccess;
  #process: ProcessIdentity | null = null;
  #state: AsteriskState = 'down';
  #attached = false;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: StartAsterisk, run: Run, access: AriAccess) {
    this.#log = options.log;
    this.#install = options.install;
    this.#config = options.config;
    this.#run = run;
    this.#access = access;
  }

  get ari(): Asterisk['ari'] {
    return { url: ariUrl(this.#access), user: this.#access.user, password: this.#access.password };
  }
  get version(): string {
    return this.#install.version;
  }
  get recordingDir(): string {
    return this.#run.recordingDir;
  }
  get state(): AsteriskState {
    return this.#state;
  }
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }
  get attached(): boolean {
    return this.#attached;
  }

  onStateChange(listener: (state: AsteriskState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {
    this.#attached = await this.#attach();
    if (!this.#attached) await this.#launch();
    this.#become('up');
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#watching;
    if (this.#process !== null) await this.#end(this.#process);
    this.#process = null;
    if (this.#state !== 'stopped') this.#become('stopped');
  }

  async #attach(): Promise<boolean> {
    const found = await findAsterisk(this.#run.home);
    if (found === null) return false;
    const answers = await this.#answersBefore(found, attachLimitMs);
    if (answers && (await this.#run.hasConfiguration(this.#access))) {
      this.#log.info({ pid: found.pid }, 'Asterisk is still up and is taken over');
      this.#process = found;
      return true;
    }
    this.#log.warn({ pid: found.pid, answers }, 'an Asterisk left behind cannot be taken over and is ended');
    await this.#end(found, answers ? stopSignals : killSignals);
    return false;
  }

  async #launch(): Promise<void> {
    const startedAt = performance.now();
    await requireFreeSipPort(this.#config.sipHost, this.#config.sipPort);
    if (!(await isFreeLoopbackPort(this.#access.port)))
      this.#access = await moveAriAccess(this.#run.home, this.#access);
    await this.#run.writeConfiguration(this.#access);
    const spawned = await this.#run.spawn();
    if (!(await this.#answersBefore(spawned, startLimitMs))) {
      await this.#end(spawned);
      throw new AppError('setup.failed', `Asterisk ${this.version} did not come up; see ${this.#run.folders.log}.`);
    }
    this.#process = spawned;
    const tookMs = Math.round(performance.now() - startedAt);
    this.#log.info({ pid: spawned.pid, version: this.version, tookMs }, 'Asterisk is up');
  }

  async #answersBefore(process: ProcessIdentity, limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    while (performance.now() < deadline && (await isAlive(process))) {
      if (this.#ending.signal.aborted) return false;
      if (await answersPing(this.#access, 1_000)) return true;
      await sleep(20);
    }
    return false;
  }

  /** Ends when `stop` is called. */
  async #watch(): Promise<void> {
    let failures = 0;
    let upSince = performance.now();
    for (;;) {
      if (this.#process !== null && (await isAlive(this.#process))) {
        if (performance.now() - upSince > steadyAfterMs) failures = 0;
        if (await this.#endsWithin(watchEveryMs)) return;
        continue;
      }
      this.#process = null;
      failures += 1;
      const retryInMs = restartDelayMs(failures);
      if (this.#state === 'up') {
        this.#log.error({ retryInMs, folder: this.#run.folders.log }, 'Asterisk died');
        this.#become('down');
      }
      if (await this.#endsWithin(retryInMs)) return;
      try {
        await this.#launch();
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        // Whatever it is (a full disk, a port that somebody took), it may pass.
        this.#log.error({ err: error, failures }, 'Asterisk could not be restarted');
        continue;
      }
      upSince = performance.now();
      this.#attached = false;
      this.#become('up');
    }
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const { signal: ending } = this.#ending;
    if (ending.aborted) return true;
    try {
      await sleep(ms, undefined, { signal: ending });
      return false;
    } catch (error) {
      if (ending.aborted) return true;
      throw error;
    }
  }

  async #end(process: ProcessIdentity, signals: readonly LimitedSignal[] = stopSignals): Promise<void> {
    if (!(await end(process, signals))) this.#log.error({ pid: process.pid }, 'Asterisk does not end, not even killed');
  }

  #become(state: AsteriskState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** False when none of the signals helps. */
async function end(process: ProcessIdentity, signals: readonly LimitedSignal[]): Promise<boolean> {
  for (const { name, limitMs } of signals) {
    signal(process, name);
    const deadline = performance.now() + limitMs;
    while (performance.now() < deadline) {
      if (!(await isAlive(process))) return true;
      await sleep(20);
    }
  }
  return false;
}
