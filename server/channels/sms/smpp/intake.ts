// What comes in from the carrier while we keep it: bounded. First we stop reading, so that it waits at the carrier's side;
// not for long, as the answers to our submits come the same way. Who comes then is asked to come again.
import type { Clock, Timer } from '../../../platform/clock.ts';

const pauseAt = 1_000;
const resumeAt = 500;
const most = 4_000;
const longestPauseMs = 2_000;

export class Intake {
  readonly #clock: Clock;
  readonly #pause: () => void;
  readonly #resume: () => void;
  #underWay = 0;
  #state: 'open' | 'paused' | 'paused_enough' = 'open';
  #limit: Timer | null = null;

  constructor(options: { clock: Clock; pause: () => void; resume: () => void }) {
    this.#clock = options.clock;
    this.#pause = options.pause;
    this.#resume = options.resume;
  }

  /** As `keep`; rejects at once when too much is under way. */
  async take(keep: () => Promise<void>): Promise<void> {
    if (this.#underWay >= most) throw new Error(`${most} messages and receipts wait to be kept already.`);
    if (++this.#underWay >= pauseAt && this.#state === 'open') this.#hold();
    try {
      await keep();
    } finally {
      if (--this.#underWay <= resumeAt && this.#state !== 'open') this.#release();
    }
  }

  #hold(): void {
    this.#state = 'paused';
    this.#pause();
    this.#limit = this.#clock.after(longestPauseMs, () => {
      this.#state = 'paused_enough';
      this.#resume();
    });
  }

  #release(): void {
    this.#limit?.cancel();
    if (this.#state === 'paused') this.#resume();
    this.#state = 'open';
  }
}
