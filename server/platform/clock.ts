// Time comes in by the door: the real clock for the server, the virtual one for tests and what-if runs.
import { type Instant, instant } from '../domain/ids.ts';

export interface Timer {
  cancel(): void;
}

export interface Clock {
  now(): Instant;
  /** Calls once, `ms` from now. The timer does not keep the process alive. */
  after(ms: number, act: () => void): Timer;
}

export const realClock: Clock = {
  now: () => instant(Date.now()),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Moves only by `advance`. Due timers run in order of their time; what they promise is settled before the next one. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  /** Sorted by time, then by the order in which they were set. */
  readonly #due: Due[] = [];

  constructor(startMs = Date.UTC(2026, 0, 5, 9, 0, 0)) {
    this.#now = startMs;
  }

  now(): Instant {
    return instant(this.#now);
  }

  after(ms: number, act: () => void): Timer {
    const due = { at: this.#now + Math.max(0, ms), order: this.#order++, act };
    this.#due.splice(this.#placeOf(due), 0, due);
    return {
      cancel: () => {
        const place = this.#placeOf(due);
        if (this.#due[place] === due) this.#due.splice(place, 1);
      },
    };
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#due[0];
      if (!next || next.at > until) break;
      this.#due.shift();
      this.#now = next.at;
      next.act();
      await settled();
    }
    this.#now = until;
  }

  #placeOf({ at, order }: Due): number {
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#due[middle]!;
      if (other.at < at || (other.at === at && other.order < order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Due {
  at: number;
  order: number;
  act: () => void;
}

/** Lets all microtasks run, however many follow each other, and the immediates that wait already. Not I/O. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
