// A promise is awaited, or given to someone who awaits it at shutdown: this one.
import type { Log } from './log.ts';

interface Work {
  name: string;
  settled: Promise<void>;
}

export class Background {
  readonly #log: Log;
  readonly #running = new Set<Work>();
  readonly #closing = new AbortController();

  constructor(options: { log: Log }) {
    this.#log = options.log;
  }

  /** Aborted by `close`: loops end on it. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Names of what has not settled yet. */
  get running(): string[] {
    return [...this.#running].map((work) => work.name);
  }

  /** Takes charge of `promise`; a rejection is logged under `name`. */
  run(name: string, promise: Promise<unknown>): void {
    const work: Work = { name, settled: Promise.resolve() };
    this.#running.add(work);
    work.settled = this.#watch(work, promise);
  }

  /** Tells everybody to end, and resolves when all have. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#running.size > 0) await Promise.all([...this.#running].map((work) => work.settled));
  }

  async #watch(work: Work, promise: Promise<unknown>): Promise<void> {
    try {
      await promise;
    } catch (error) {
      this.#log.error({ work: work.name, err: error }, 'background work failed');
    } finally {
      this.#running.delete(work);
    }
  }
}
