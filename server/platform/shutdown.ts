// Stop order is start order reversed; each part has a limit of time, and one that fails does not keep the rest from stopping.
import { AppError } from '../errors.ts';
import { type Clock, realClock } from './clock.ts';
import type { Log } from './log.ts';

interface Part {
  name: string;
  stop: () => unknown;
  limitMs: number;
}

const USUAL_LIMIT_MS = 5_000;

export class StopList {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #parts: Part[] = [];
  readonly #starting = new Set<Part>();
  #stopped: Promise<boolean> | null = null;

  constructor(options: { log: Log; clock?: Clock }) {
    this.#log = options.log;
    this.#clock = options.clock ?? realClock;
  }

  /** To be called when `name` has started. A promise that `stop` returns is awaited, `limitMs` at most. */
  add(name: string, stop: () => unknown, limitMs = USUAL_LIMIT_MS): void {
    this.#parts.push({ name, stop, limitMs });
  }

  /**
   * `start` takes its time and adds its part at its end: a stop that is asked for meanwhile waits for it, `limitMs` at
   * most, so that no process is left behind. Nothing goes on after a stop: it rejects with `server.draining`.
   */
  async whileStarting<T>(name: string, start: () => Promise<T>, limitMs: number): Promise<T> {
    this.#requireNotStopped();
    const begun = start();
    const part = { name: `start of ${name}`, stop: () => Promise.allSettled([begun]), limitMs };
    this.#starting.add(part);
    try {
      const result = await begun;
      this.#requireNotStopped();
      return result;
    } finally {
      this.#starting.delete(part);
    }
  }

  /** Stops everything once, however often it is called. False: something failed or was too slow (it is logged). */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<boolean> {
    let clean = await this.#started();
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      clean = (await this.#stopPart(part)) && clean;
    }
    return clean;
  }

  async #started(): Promise<boolean> {
    const inTime = await Promise.all([...this.#starting].map((part) => this.#stopPart(part)));
    return inTime.every((each) => each);
  }

  #requireNotStopped(): void {
    if (this.#stopped !== null) throw new AppError('server.draining', 'The server was stopped while it started.');
  }

  async #stopPart({ name, stop, limitMs }: Part): Promise<boolean> {
    const late = Promise.withResolvers<'late'>();
    const timer = this.#clock.after(limitMs, () => late.resolve('late'));
    try {
      if ((await Promise.race([stopped(stop), late.promise])) === 'stopped') return true;
      this.#log.error({ part: name, limitMs }, 'part does not stop in time');
    } catch (error) {
      this.#log.error({ part: name, err: error }, 'part failed to stop');
    } finally {
      timer.cancel();
    }
    return false;
  }
}

async function stopped(stop: () => unknown): Promise<'stopped'> {
  await stop();
  return 'stopped';
}

export type StopReason = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'launcher gone';

/**
 * Calls `listener` at the first request to stop: a signal, or the end of the launcher (scripts/launch.mjs), which may have been
 * killed with no chance to pass a signal on. A Ctrl-C comes twice, from the terminal and from the launcher: later ones
 * are ignored.
 */
export function onStopRequest(listener: (reason: StopReason) => void): void {
  let asked = false;
  const ask = (reason: StopReason): void => {
    if (asked) return;
    asked = true;
    listener(reason);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ask(signal));
  process.on('disconnect', () => ask('launcher gone'));
  process.channel?.unref(); // listening alone shall not keep the process alive
}
