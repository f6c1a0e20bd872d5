// How fast submits may leave: the carrier's agreed throughput, and its word that we are too fast. Then nothing leaves for
// a moment, twice as long when it says so again, and half as long after what it takes.
import type { Clock } from '../../../platform/clock.ts';

const shortestPauseMs = 250;
const longestPauseMs = 8_000;
/** So much of a second's throughput may leave at once after a rest. */
const burstS = 0.1;

export class Pace {
  readonly #clock: Clock;
  readonly #perMs: number | null;
  readonly #most: number;
  /** Submits that may leave now; of a pace without limit unused. */
  #saved: number;
  #savedAt: number;
  #pauseMs = 0;
  #pausedUntil = 0;

  /** `perS`: null is no limit. */
  constructor(options: { clock: Clock; perS: number | null }) {
    this.#clock = options.clock;
    this.#perMs = options.perS === null ? null : options.perS / 1_000;
    this.#most = options.perS === null ? 0 : Math.max(1, options.perS * burstS);
    this.#saved = this.#most;
    this.#savedAt = options.clock.now();
  }

  /** It has said that we are too fast, and nothing leaves for a moment. */
  get isPaused(): boolean {
    return this.#clock.now() < this.#pausedUntil;
  }

  /** How many may leave now. */
  get room(): number {
    if (this.isPaused) return 0;
    if (this.#perMs === null) return Infinity;
    this.#save(this.#clock.now(), this.#perMs);
    return Math.floor(this.#saved);
  }

  /** Until `room` is not 0; 0: it is not. */
  get waitMs(): number {
    const now = this.#clock.now();
    const pause = Math.max(0, this.#pausedUntil - now);
    if (this.#perMs === null) return pause;
    this.#save(now, this.#perMs);
    return Math.max(pause, this.#saved >= 1 ? 0 : Math.ceil((1 - this.#saved) / this.#perMs));
  }

  /** One has left. */
  spend(): void {
    if (this.#perMs !== null) this.#saved -= 1;
  }

  /** The carrier takes what we send. */
  taken(): void {
    if (this.#pauseMs > 0) this.#pauseMs = Math.floor(this.#pauseMs / 2);
  }

  /** The carrier says that we are too fast. */
  tooFast(): void {
    const now = this.#clock.now();
    // Answers to what had left before the pause say nothing new.
    if (now < this.#pausedUntil) return;
    this.#pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, this.#pauseMs * 2));
    this.#pausedUntil = now + this.#pauseMs;
  }

  #save(now: number, perMs: number): void {
    this.#saved = Math.min(this.#most, this.#saved + (now - this.#savedAt) * perMs);
    this.#savedAt = now;
  }
}
