// Requests on the wire that wait for their answer, by sequence number. All have the same limit of time, so the oldest is
// always the next to run out, and one timer does for all.
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Pdu } from './pdu.ts';

/** SMPP 3.4 §3.2: 1 to this, then 1 again. */
const lastSequence = 0x7fffffff;

interface Waiting {
  due: number;
  settle(answer: Answer): void;
}

/** What became of a request. `unknown`: it was put on the wire, and no answer came. */
export type Answer = { answered: Pdu } | { unknown: string };

export class Window {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #ranOut: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;
  #timer: Timer | null = null;

  /** `ranOut`: one or more requests had no answer within `limitMs`. */
  constructor(options: { clock: Clock; limitMs: number; ranOut: () => void }) {
    this.#clock = options.clock;
    this.#limitMs = options.limitMs;
    this.#ranOut = options.ranOut;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A number that no request under way has. */
  nextSequence(): number {
    do this.#sequence = this.#sequence === lastSequence ? 1 : this.#sequence + 1;
    while (this.#waiting.has(this.#sequence));
    return this.#sequence;
  }

  /** Settled once: by its answer, by its limit of time, or by `clear`. */
  answerTo(sequence: number): Promise<Answer> {
    return new Promise((settle) => {
      this.#waiting.set(sequence, { due: this.#clock.now() + this.#limitMs, settle });
      this.#timer ??= this.#clock.after(this.#limitMs, () => this.#sweep());
    });
  }

  /** False: nobody waits for that answer, or no longer. */
  settle(sequence: number, answer: Answer): boolean {
    const waiting = this.#waiting.get(sequence);
    if (waiting === undefined) return false;
    this.#waiting.delete(sequence);
    waiting.settle(answer);
    return true;
  }

  clear(why: string): void {
    this.#timer?.cancel();
    this.#timer = null;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { settle } of all) settle({ unknown: why });
  }

  #sweep(): void {
    this.#timer = null;
    const now = this.#clock.now();
    let ranOut = false;
    for (const [sequence, { due, settle }] of this.#waiting) {
      if (due > now) {
        this.#timer = this.#clock.after(due - now, () => this.#sweep());
        break;
      }
      this.#waiting.delete(sequence);
      settle({ unknown: 'The carrier gave no answer in time.' });
      ranOut = true;
    }
    if (ranOut) this.#ranOut();
  }
}
